"""What encoders are made of: the table of free embeddings, and convolutions with a weight matrix a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from hashbench.protocols import RunContext

Unit = Annotated[bool, Field(description="embeddings divided by their length, so that inner products are cosines")]


class TableParameters(Protocol):
    """What encoders with a table take."""

    @property
    def dim(self) -> int:
        """Length of the embeddings."""

    @property
    def spread(self) -> float:
        """Standard deviation of the table at the start."""

    @property
    def l2(self) -> float:
        """Weight of the regularisation of the table."""

    @property
    def unit(self) -> bool:
        """Whether embeddings are divided by their length."""


class TableEncoder(nn.Module):
    """Base of node encoders whose layer 0 is a table of free embeddings, float[n_nodes, dim] from N(0, spread²)."""

    def __init__(self, n_nodes: int, parameters: TableParameters, ctx: RunContext) -> None:
        super().__init__()
        table = torch.randn(n_nodes, parameters.dim, generator=ctx.torch_rng("embeddings"))
        self.embedding = nn.Parameter(table * parameters.spread)
        self.dim, self.l2, self.unit = parameters.dim, parameters.l2, parameters.unit

    def embed(self, nodes: Tensor | None) -> Tensor:
        """Return float[n_nodes, dim], or the given nodes' rows, of whatever length: what a subclass is for."""
        raise NotImplementedError

    def forward(self, nodes: Tensor | None = None) -> Tensor:
        """Return float[n_nodes, dim], or the given nodes' rows."""
        embeddings = self.embed(nodes)
        return F.normalize(embeddings, dim=-1) if self.unit else embeddings

    def ego(self) -> Tensor:
        """Return layer 0."""
        return self.embedding


class ConvolutionEncoder(TableEncoder):
    """u^l = ReLU(propagate(u^(l-1)) W^l); the last layer is linear, for the hash layer or the inner product."""

    def __init__(
        self,
        propagate: Callable[[Tensor, Tensor | None], Tensor],
        n_nodes: int,
        parameters: TableParameters,
        layers: int,
        ctx: RunContext,
    ) -> None:
        super().__init__(n_nodes, parameters, ctx)
        dim = parameters.dim
        self.weights = nn.ParameterList([weight_matrix(dim, dim, f"weights {layer}", ctx) for layer in range(layers)])
        self.propagate = propagate

    def embed(self, nodes: Tensor | None) -> Tensor:
        """Convolve; of the last layer, the given nodes alone."""
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
