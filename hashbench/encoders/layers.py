"""What encoders are made of: the table of free embeddings, and convolutions with a weight matrix a layer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from hashbench.protocols import RunContext


class TableEncoder(nn.Module):
    """Base of node encoders whose layer 0 is a table of free embeddings, float[n_nodes, dim] from N(0, spread²)."""

    def __init__(self, n_nodes: int, dim: int, spread: float, l2: float, ctx: RunContext) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.randn(n_nodes, dim, generator=ctx.torch_rng("embeddings")) * spread)
        self.dim, self.l2 = dim, l2

    def ego(self) -> Tensor:
        """Return layer 0."""
        return self.embedding


class ConvolutionEncoder(TableEncoder):
    """u^l = ReLU(propagate(u^(l-1)) W^l); the last layer is linear, for the hash layer or the inner product."""

    def __init__(
        self,
        propagate: Callable[[Tensor, Tensor | None], Tensor],
        n_nodes: int,
        dim: int,
        layers: int,
        spread: float,
        l2: float,
        ctx: RunContext,
    ) -> None:
        super().__init__(n_nodes, dim, spread, l2, ctx)
        self.weights = nn.ParameterList([weight_matrix(dim, dim, f"weights {layer}", ctx) for layer in range(layers)])
        self.propagate = propagate

    def forward(self, nodes: Tensor | None = None) -> Tensor:
        """Return float[n_nodes, dim], or the given nodes' rows."""
        *hidden, last = self.weights
        u: Tensor = self.embedding
        for weight in hidden:
            u = torch.relu(self.propagate(u, None) @ weight)
        embeddings: Tensor = self.propagate(u, nodes) @ last
        return embeddings


def weight_matrix(n_in: int, n_out: int, purpose: str, ctx: RunContext) -> nn.Parameter:
    """Return float[n_in, n_out] drawn from Glorot's uniform distribution."""
    bound = (6 / (n_in + n_out)) ** 0.5
    uniform = torch.rand(n_in, n_out, generator=ctx.torch_rng(purpose))
    return nn.Parameter((2 * uniform - 1) * bound)
