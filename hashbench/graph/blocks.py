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
from hashbench.graph.sampling import Sample
from hashbench.kernels.row_sums import sum_rows


class Block(Protocol):
    """A propagation, ready to sum; x float[n_read, d] belongs to the nodes read."""

    @property
    def degrees(self) -> Tensor:
        """Number of neighbours in the whole graph of the nodes read: float[n_read, 1]."""

    def with_self_loops(self, x: Tensor, left_scale: Tensor | None, right_scale: Tensor) -> Tensor:
        """Return the sum over a node and its neighbours of `left_scale` times x, times `right_scale`; both float[n_read, 1]."""


def mean_with_self(block: Block, x: Tensor) -> Tensor:
    """MEAN({x_i} ∪ {x_j : j ∈ N(i)}) (HashGNN, eq. 1)."""
    return block.with_self_loops(x, None, (block.degrees + 1).reciprocal_())


def symmetric_with_self(block: Block, x: Tensor) -> Tensor:
    """(D+I)^-½ (A+I) (D+I)^-½ x (Kipf and Welling, eq. 2)."""
    factor = (block.degrees + 1).rsqrt()
    return block.with_self_loops(x, factor, factor)


def symmetric(block: SampledBlock, x: Tensor) -> Tensor:
    """D^-½ A D^-½ x (LightGCN, eq. 3); a node without neighbours gets 0."""
    factor = block.degrees.clamp(min=1).rsqrt()
    return block.sum(factor * x).mul_(block.dst_rows(factor))


@dataclass(frozen=True, eq=False)
class FullBlock:
    """From all nodes to all, or to those of `rows` int64[n], each once."""

    adjacency: Adjacency
    degrees: Tensor
    rows: Tensor | None = None

    def with_self_loops(self, x: Tensor, left_scale: Tensor | None, right_scale: Tensor) -> Tensor:
        """Sum by A + I."""
        return neighbour_sum(self.adjacency.with_self_loops, x, self.rows, left_scale, right_scale)


@dataclass(frozen=True, eq=False)
class SampledBlock:
    """From the nodes of a sample to those it was drawn for, which are the first of them.

    `compiled` is how sums are made on the CPU; elsewhere by torch.
    """

    drawn: Sample
    degrees: Tensor
    threads: int = 1
    compiled: bool = True

    @property
    def n_dst(self) -> int:
        """How many nodes are written."""
        return len(self.drawn.scale)

    def sum(self, x: Tensor) -> Tensor:
        """Return the sums of the neighbours drawn, scaled up."""
        if self.compiled:
            return _SampledSum.apply(x, self)  # type: ignore[no-any-return, no-untyped-call]
        owners, columns = self._edges
        sums = x.new_zeros(self.n_dst, x.shape[1]).index_add_(0, owners, x.index_select(0, columns))
        return self._scale * sums

    def dst_rows(self, x: Tensor) -> Tensor:
        """Return the first rows."""
        return x[: self.n_dst]

    def with_self_loops(self, x: Tensor, left_scale: Tensor | None, right_scale: Tensor) -> Tensor:
        """Sum what was drawn, and add the nodes' own rows."""
        scaled = x if left_scale is None else left_scale * x
        return self.sum(scaled).add_(self.dst_rows(scaled)).mul_(self.dst_rows(right_scale))

    @cached_property
    def _scale(self) -> Tensor:
        return torch.from_numpy(self.drawn.scale).to(self.degrees.device)[:, None]

    @cached_property
    def _edges(self) -> tuple[Tensor, Tensor]:
        owners = np.repeat(np.arange(self.n_dst), np.diff(self.drawn.indptr))
        device = self.degrees.device
        return torch.from_numpy(owners).to(device), torch.from_numpy(self.drawn.columns).to(device)


class _SampledSum(Function):
    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, block: SampledBlock) -> Tensor:
        ctx.block, drawn = block, block.drawn  # type: ignore[attr-defined]
        out = x.new_empty(block.n_dst, x.shape[1])
        sum_rows(drawn.indptr, drawn.columns, x.contiguous().numpy(), out.numpy(), block.threads)
        return out.mul_(block._scale)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None]:
        block: SampledBlock = ctx.block  # type: ignore[attr-defined]
        out = grad.new_empty(len(block.drawn.nodes), grad.shape[1])
        sum_rows(*block.drawn.transposed(), (grad * block._scale).numpy(), out.numpy(), block.threads)
        return out, None
