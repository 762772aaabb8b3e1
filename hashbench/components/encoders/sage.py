"""GraphSAGE with the mean over a node and its neighbours, as in HashGNN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from hashbench.components.encoders.layers import ConvolutionEncoder, Normalize
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.graph.blocks import mean_with_self
from hashbench.protocols import RunContext


@dataclass(frozen=True)
class Sage:
    """GraphSAGE (Hamilton et al., NIPS 2017) in HashGNN's form: u^l = σ(W^l · MEAN({u_i} ∪ {u_j})) (HashGNN, eq. 1).

    Nodes have no attributes, so layer 0 is a table of free embeddings. σ is ReLU between layers, and the identity after
    the last one. HashGNN's layers have 128 and 68 values, and weights from N(0, 0.02²). Here every layer has `dim`
    values, and weights have Glorot's uniform distribution.
    """

    name: ClassVar[str] = "sage"

    dim: Annotated[int, Field(ge=1, le=65536, description="length of the embeddings, in every layer")] = 64
    layers: Annotated[int, Field(ge=1, le=10, description="number of propagations")] = 2
    init_std: Annotated[float, Field(gt=0, description="standard deviation of the embeddings at the start")] = 0.1
    l2: Annotated[float, Field(ge=0, description="weight of a batch's squared layer-0 embeddings in the loss")] = 0.0
    normalize: Normalize = False

    def build(self, graph: BipartiteGraph, ctx: RunContext) -> ConvolutionEncoder:
        """Return a fresh encoder for this graph."""
        return ConvolutionEncoder(mean_with_self, graph, self, self.layers, ctx)
