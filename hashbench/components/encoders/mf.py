"""Matrix factorisation: a free embedding for each user and item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from hashbench.components.encoders.layers import Normalize, TableEncoder
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.graph.blocks import SampledBlock
from hashbench.protocols import RunContext


@dataclass(frozen=True)
class MF:
    """Matrix factorisation: a free embedding for each user and item, no propagation.

    With the objective `bpr` this is BPR-MF (Rendle et al., UAI 2009).
    """

    name: ClassVar[str] = "mf"

    dim: Annotated[int, Field(ge=1, le=65536, description="length of the embeddings")] = 64
    init_std: Annotated[float, Field(gt=0, description="standard deviation of the embeddings at the start")] = 0.1
    l2: Annotated[float, Field(ge=0, description="weight of a batch's squared layer-0 embeddings in the loss")] = 0.001
    normalize: Normalize = False

    def build(self, graph: BipartiteGraph, ctx: RunContext) -> FreeEmbeddings:
        """Return a fresh table."""
        return FreeEmbeddings(graph, self, 0, ctx)


class FreeEmbeddings(TableEncoder):
    """The table itself."""

    def embed(self, nodes: Tensor | None) -> Tensor:
        """Return the table, or the rows of the given nodes."""
        return self.embedding if nodes is None else F.embedding(nodes, self.embedding)

    def propagate(self, rows: Tensor, blocks: Sequence[SampledBlock]) -> Tensor:
        """Return the rows unchanged."""
        return rows
