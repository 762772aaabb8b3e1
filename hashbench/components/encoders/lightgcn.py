"""LightGCN: propagation without weights, averaged over layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field
from torch import Tensor

from hashbench.components.encoders.layers import Normalize, TableEncoder
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.graph.blocks import SampledBlock, symmetric
from hashbench.protocols import RunContext


@dataclass(frozen=True)
class LightGCN:
    """LightGCN (He et al., SIGIR 2020): e^(k+1) = D^-½ A D^-½ e^(k) (eq. 3), u = Σ e^(k) / (K + 1) (eq. 4).

    Layer 0 is regularised, as in the paper's loss (eq. 15).
    """

    name: ClassVar[str] = "lightgcn"

    dim: Annotated[int, Field(ge=1, le=65536, description="length of the embeddings")] = 64
    layers: Annotated[int, Field(ge=0, le=10, description="number of propagations K")] = 2
    init_std: Annotated[float, Field(gt=0, description="standard deviation of the embeddings at the start")] = 0.1
    l2: Annotated[float, Field(ge=0, description="weight of a batch's squared layer-0 embeddings in the loss")] = 0.001
    normalize: Normalize = False

    def build(self, graph: BipartiteGraph, ctx: RunContext) -> LightGCNEncoder:
        """Return a fresh encoder for this graph."""
        return LightGCNEncoder(self, graph, ctx)


class LightGCNEncoder(TableEncoder):
    """The mean of the table and its K propagations."""

    def __init__(self, parameters: LightGCN, graph: BipartiteGraph, ctx: RunContext) -> None:
        super().__init__(graph, parameters, parameters.layers, ctx)

    def embed(self, nodes: Tensor | None) -> Tensor:
        """Propagate and average. The last layer is computed for the given nodes only."""
        return self.graph.mean_of_layers(self.embedding, self.layers, nodes)

    def propagate(self, rows: Tensor, blocks: Sequence[SampledBlock]) -> Tensor:
        """Average the layers of the nodes that the last block writes. These are the first nodes of every block."""
        n = blocks[-1].n_dst if blocks else len(rows)
        u, total = rows, rows[:n]
        for block in blocks:
            u = symmetric(block, u)
            total = total + u[:n]
        return total / (self.layers + 1)
