"""One propagation, DGL's "block": from source nodes to destination nodes, of the whole graph or of a sample of it.

Sums are worked on in place, because on a large graph each copy costs time.
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
    """A propagation from n_src source nodes, whose values are x float[n_src, d], to n_dst destination nodes."""

    @property
    def degrees(self) -> Tensor:
        """Number of neighbours in the whole graph of each source node: float[n_src, 1]."""

    def with_self_loops(self, x: Tensor, left_scale: Tensor | None, right_scale: Tensor) -> Tensor:
        """Return the sums of x over each destination node and its neighbours, scaled: float[n_dst, d].

        As in DGL, `left_scale` multiplies the values before the sum and `right_scale` the sums. Both have one row per
        source node: float[n_src, 1]. Without a left scale it is 1.
        """


def mean_with_self(block: Block, x: Tensor) -> Tensor:
    """MEAN({x_i} ∪ {x_j : j ∈ N(i)}) (HashGNN, eq. 1)."""
    return block.with_self_loops(x, None, (block.degrees + 1).reciprocal_())


def symmetric_with_self(block: Block, x: Tensor) -> Tensor:
    """(D+I)^-½ (A+I) (D+I)^-½ x (Kipf and Welling, eq. 2)."""
    scale = (block.degrees + 1).rsqrt()
    return block.with_self_loops(x, scale, scale)


def symmetric(block: SampledBlock, x: Tensor) -> Tensor:
    """D^-½ A D^-½ x (LightGCN, eq. 3); a node without neighbours gets 0."""
    scale = block.degrees.clamp(min=1).rsqrt()
    return block.sum(scale * x).mul_(block.dst_rows(scale))


@dataclass(frozen=True, eq=False)
class FullBlock:
    """A propagation over the whole graph: to all nodes, or to the distinct nodes `dst_nodes` int64[n_dst]."""

    adjacency: Adjacency
    degrees: Tensor
    dst_nodes: Tensor | None = None

    def with_self_loops(self, x: Tensor, left_scale: Tensor | None, right_scale: Tensor) -> Tensor:
        """Multiply by A + I, with the scales before and after."""
        return neighbour_sum(self.adjacency.with_self_loops, x, self.dst_nodes, left_scale, right_scale)


@dataclass(frozen=True, eq=False)
class SampledBlock:
    """A propagation over a sample, from its nodes to those it was drawn for, which come first among them.

    With `compiled`, sums are made by this package's loops, on the CPU; otherwise by torch.
    """

    sample: Sample
    degrees: Tensor
    threads: int = 1
    compiled: bool = True

    @property
    def n_dst(self) -> int:
        """Number of destination nodes."""
        return len(self.sample.scale)

    def sum(self, x: Tensor) -> Tensor:
        """Return the estimated sums over neighbours, float[n_dst, d]: sums over those drawn, scaled up."""
        if self.compiled:
            return _SampledSum.apply(x, self)  # type: ignore[no-any-return, no-untyped-call]
        rows, columns = self._edges
        sums = x.new_zeros(self.n_dst, x.shape[1]).index_add_(0, rows, x.index_select(0, columns))
        return self._scale * sums

    def dst_rows(self, x: Tensor) -> Tensor:
        """Return the rows of the destination nodes, which are the first n_dst."""
        return x[: self.n_dst]

    def with_self_loops(self, x: Tensor, left_scale: Tensor | None, right_scale: Tensor) -> Tensor:
        """Add each destination node's own row to its sum, with the scales before and after."""
        scaled = x if left_scale is None else left_scale * x
        return self.sum(scaled).add_(self.dst_rows(scaled)).mul_(self.dst_rows(right_scale))

    @cached_property
    def _scale(self) -> Tensor:
        return torch.from_numpy(self.sample.scale).to(self.degrees.device)[:, None]

    @cached_property
    def _edges(self) -> tuple[Tensor, Tensor]:
        """Row and column of each edge."""
        rows = np.repeat(np.arange(self.n_dst), np.diff(self.sample.indptr))
        device = self.degrees.device
        return torch.from_numpy(rows).to(device), torch.from_numpy(self.sample.columns).to(device)


class _SampledSum(Function):
    """Sums over the drawn neighbours; the gradient sums over the transposed lists."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, block: SampledBlock) -> Tensor:
        ctx.block, sample = block, block.sample  # type: ignore[attr-defined]
        sums = x.new_empty(block.n_dst, x.shape[1])
        sum_rows(sample.indptr, sample.columns, x.contiguous().numpy(), sums.numpy(), block.threads)
        return sums.mul_(block._scale)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None]:
        block: SampledBlock = ctx.block  # type: ignore[attr-defined]
        grad_x = grad.new_empty(len(block.sample.nodes), grad.shape[1])
        sum_rows(*block.sample.transposed(), (grad * block._scale).numpy(), grad_x.numpy(), block.threads)
        return grad_x, None
