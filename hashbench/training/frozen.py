"""An encoder whose embeddings stay as they are, for heads that are trained after it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class FrozenEncoder(nn.Module):
    """A node encoder of fixed embeddings float[n_nodes, dim], without weights and regularisation."""

    def __init__(self, embeddings: Tensor) -> None:
        super().__init__()
        self.register_buffer("embeddings", embeddings)
        self.dim, self.l2 = embeddings.shape[1], 0.0

    def forward(self, nodes: Tensor | None = None) -> Tensor:
        """Return all embeddings, or the rows of `nodes` int64[n]."""
        embeddings = self.get_buffer("embeddings")
        return embeddings if nodes is None else embeddings[nodes]

    def sampled(self, nodes: Tensor, fan_outs: Sequence[int], seed: int) -> Tensor:
        """Return the rows of `nodes` int64[n]; nothing is sampled."""
        return self.forward(nodes)

    def ego(self) -> Tensor:
        """Return all embeddings."""
        return self.get_buffer("embeddings")
