"""One propagation: from the nodes that it reads to those that it writes, of the whole graph or of a sample of it.

What sums are made into is worked on in place: of a large graph each copy counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx

from hashbench.graph.propagation import Adjacency, neighbour_sum
from hashbench.graph.rows import sum_rows
from hashbench.graph.sampling import Sample


class Hop(Protocol):
    """A propagation, ready to sum; x float[n_read, d] belongs to the nodes read."""

    @property
    def degrees(self) -> Tensor:
        """Number of neighbours in the whole graph of the nodes read: float[n_read, 1]."""

    def with_self(self, x: Tensor, before: Tensor | None, after: Tensor) -> Tensor:
        """Return the sum over a node and its neighbours of `before` times x, times `after`; both float[n_read, 1]."""


def mean_with_self(hop: Hop, x: Tensor) -> Tensor:
    """MEAN({x_i} ∪ {x_j : j ∈ N(i)}) (HashGNN, eq. 1)."""
    return hop.with_self(x, None, (hop.degrees + 1).reciprocal_())


def symmetric_with_self(hop: Hop, x: Tensor) -> Tensor:
    """(D+I)^-½ (A+I) (D+I)^-½ x (Kipf and Welling, eq. 2)."""
    factor = (hop.degrees + 1).rsqrt()
    return hop.with_self(x, factor, factor)


def symmetric(hop: SampledHop, x: Tensor) -> Tensor:
    """D^-½ A D^-½ x (LightGCN, eq. 3); a node without neighbours gets 0."""
    factor = hop.degrees.clamp(min=1).rsqrt()
    return hop.sum(factor * x).mul_(hop.own(factor))


@dataclass(frozen=True, eq=False)
class WholeHop:
    """From all nodes to all, or to those of `rows` int64[n], each once."""

    adjacency: Adjacency
    degrees: Tensor
    rows: Tensor | None = None

    def with_self(self, x: Tensor, before: Tensor | None, after: Tensor) -> Tensor:
        """Sum by A + I."""
        return neighbour_sum(self.adjacency.with_self, x, self.rows, before, after)


@dataclass(frozen=True, eq=False)
class SampledHop:
    """From the nodes of a sample to those it was drawn for, which are the first of them.

    `compiled` is how sums are made on the CPU; elsewhere by torch.
    """

    drawn: Sample
    degrees: Tensor
    threads: int = 1
    compiled: bool = True

    @property
    def n_written(self) -> int:
        """How many nodes are written."""
        return len(self.drawn.scale)

    def sum(self, x: Tensor) -> Tensor:
        """Return the sums of the neighbours drawn, scaled up."""
        if self.compiled:
            return _SampledSum.apply(x, self)  # type: ignore[no-any-return, no-untyped-call]
        owners, columns = self._edges
        sums = x.new_zeros(self.n_written, x.shape[1]).index_add_(0, owners, x.index_select(0, columns))
        return self._scale * sums

    def own(self, x: Tensor) -> Tensor:
        """Return the first rows."""
        return x[: self.n_written]

    def with_self(self, x: Tensor, before: Tensor | None, after: Tensor) -> Tensor:
        """Sum what was drawn, and add the nodes' own rows."""
        scaled = x if before is None else before * x
        return self.sum(scaled).add_(self.own(scaled)).mul_(self.own(after))

    @cached_property
    def _scale(self) -> Tensor:
        return torch.from_numpy(self.drawn.scale).to(self.degrees.device)[:, None]

    @cached_property
    def _edges(self) -> tuple[Tensor, Tensor]:
        owners = np.repeat(np.arange(self.n_written), np.diff(self.drawn.indptr))
        device = self.degrees.device
        return torch.from_numpy(owners).to(device), torch.from_numpy(self.drawn.columns).to(device)


class _SampledSum(Function):
    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, hop: SampledHop) -> Tensor:
        ctx.hop, drawn = hop, hop.drawn  # type: ignore[attr-defined]
        out = x.new_empty(hop.n_written, x.shape[1])
        sum_rows(drawn.indptr, drawn.columns, x.contiguous().numpy(), out.numpy(), hop.threads)
        return out.mul_(hop._scale)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None]:
        hop: SampledHop = ctx.hop  # type: ignore[attr-defined]
        out = grad.new_empty(len(hop.drawn.nodes), grad.shape[1])
        sum_rows(*hop.drawn.transposed(), (grad * hop._scale).numpy(), out.numpy(), hop.threads)
        return out, None
