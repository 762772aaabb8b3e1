"""The sum over neighbours, A x: by compiled loops on the CPU, by torch's CSR matrices elsewhere, by DGL to compare."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import cached_property, partial
from importlib import import_module
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx, once_differentiable

from hashbench.data.interactions import Interactions
from hashbench.errors import BadParameter
from hashbench.kernels.row_sums import RowSums
from hashbench.kernels.row_sums_llvm import LANES

NeighbourSum = Callable[[Tensor], Tensor]
Precision = Literal["float32", "bfloat16"]


class Adjacency:
    """A, the symmetric matrix of ones of a bipartite graph: A x for x float32[n, d], wholly or for some rows.

    With `loops` each node is a neighbour of itself too: A + I. With `precision` "bfloat16" x is rounded to that first,
    and the sums are float32: half as much memory is read.

    `engine` is "compiled" (loops of this package, on the CPU), "dgl" or "torch"; by default "compiled" on the CPU and
    "torch" elsewhere. None of these products knows autograd: A being symmetric, the gradient of A x is A applied to the
    gradient, and no engine's own backward is used.
    """

    def __init__(
        self,
        interactions: Interactions,
        device: str = "cpu",
        threads: int = 1,
        precision: Precision = "float32",
        engine: str | None = None,
        loops: bool = False,
    ) -> None:
        self._interactions, self._loops, self._threads, self._device = interactions, loops, threads, device
        self._rounded = precision == "bfloat16"
        self._engine = engine or ("compiled" if device == "cpu" else "torch")
        self.n_nodes = interactions.n_users + interactions.n_items
        self._with_self_loops = partial(Adjacency, interactions, device, threads, precision, engine, loops=True)
        self._workspace: dict[tuple[int, int], Tensor] = {}
        self._halves = np.zeros((0, 0), np.uint16)

    @cached_property
    def lists(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The neighbours of each node: indptr and indices."""
        lists = neighbour_lists(self._interactions)
        return _with_loops(*lists, self._interactions.n_users) if self._loops else lists

    @cached_property
    def with_self_loops(self) -> Adjacency:
        """A + I, in the same way."""
        return self._with_self_loops()

    @cached_property
    def _compiled(self) -> RowSums | None:
        return RowSums(*self.lists, self._threads) if self._engine == "compiled" else None

    @cached_property
    def _product(self) -> NeighbourSum:
        indptr, indices = (torch.from_numpy(part.astype(np.int32)) for part in self.lists)
        return (_dgl_product if self._engine == "dgl" else _torch_product)(indptr, indices, self._device)

    def workspace(self, number: int, like: Tensor) -> Tensor:
        """Return memory float32[n_nodes, d] that stays, for the columns of `like`: one for each number.

        It lies in huge pages where the system has them, as NumPy asks for. Rows are read from it at random: with small
        pages that takes twice as long, and to touch new memory in each step as long as a product.
        """
        key = number, like.shape[1]
        if key not in self._workspace:
            self._workspace[key] = torch.from_numpy(np.zeros((self.n_nodes, like.shape[1]), np.float32)).to(like.device)
        return self._workspace[key]

    def product(self, x: Tensor, out: Tensor) -> Tensor:
        """Write A x into `out`, and return it."""
        if self._compiled is None:
            return out.copy_(self._product(self._round(x)))
        self._compiled.product(self._bits(x), out.numpy())
        return out

    def gather(self, x: Tensor, rows: Tensor) -> Tensor:
        """Return (A x)[rows]."""
        if self._compiled is None:
            return self._product(self._round(x))[rows]
        out = x.new_empty(len(rows), x.shape[1])
        self._compiled.gather(self._bits(x), rows.numpy(), out.numpy())
        return out

    def scatter(self, values: Tensor, rows: Tensor, out: Tensor) -> Tensor:
        """Write A x into `out`, where x is `values` in the given rows, each once, and 0 elsewhere; return it."""
        if self._compiled is None:
            return out.copy_(self._product(torch.zeros_like(out).index_copy_(0, rows, self._round(values))))
        self._compiled.scatter(self._bits(values), rows.numpy(), out.numpy())
        return out

    def _round(self, x: Tensor) -> Tensor:
        return x.bfloat16().float() if self._rounded else x

    def _bits(self, x: Tensor) -> NDArray[Any]:
        """Return x as the compiled loops take it: rounded, in memory that stays, or as it is."""
        if not self._rounded:
            return x.numpy()
        if x.shape[1] % LANES:
            raise BadParameter(
                f"precision bfloat16 needs embeddings of a multiple of {LANES} values, and there are {x.shape[1]}"
            )
        if self._halves.shape != (max(len(x), self.n_nodes), x.shape[1]):
            self._halves = np.zeros((max(len(x), self.n_nodes), x.shape[1]), np.uint16)
        halves = self._halves[: len(x)]
        torch.from_numpy(halves.view(np.int16)).view(torch.bfloat16).copy_(x)
        return halves


def neighbour_sum(
    adjacency: Adjacency,
    x: Tensor,
    rows: Tensor | None = None,
    left_scale: Tensor | None = None,
    right_scale: Tensor | None = None,
) -> Tensor:
    """Return diag(after) A diag(before) x, or its given rows (each once), to be differentiated by x.

    `left_scale` and `right_scale` float[n, 1] are 1 where they are not given.
    """
    return _NeighbourSum.apply(x, adjacency, rows, left_scale, right_scale)  # type: ignore[no-any-return, no-untyped-call]


class _NeighbourSum(Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx,
        x: Tensor,
        adjacency: Adjacency,
        rows: Tensor | None,
        left_scale: Tensor | None,
        right_scale: Tensor | None,
    ) -> Tensor:
        right_scale = right_scale if right_scale is None or rows is None else right_scale[rows]
        ctx.adjacency, ctx.rows, ctx.left_scale, ctx.right_scale = adjacency, rows, left_scale, right_scale  # type: ignore[attr-defined]
        x = _times(x, left_scale, adjacency.workspace(0, x))
        out = adjacency.product(x, torch.empty_like(x)) if rows is None else adjacency.gather(x, rows)
        return out if right_scale is None else out.mul_(right_scale)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None, None, None, None]:
        adjacency, rows, left_scale, right_scale = ctx.adjacency, ctx.rows, ctx.left_scale, ctx.right_scale  # type: ignore[attr-defined]
        out = grad.new_empty(adjacency.n_nodes, grad.shape[1])
        if rows is None:
            adjacency.product(_times(grad, right_scale, adjacency.workspace(0, grad)), out)
        else:
            adjacency.scatter(grad if right_scale is None else grad * right_scale, rows, out)
        return out if left_scale is None else out.mul_(left_scale), None, None, None, None


def _times(x: Tensor, factors: Tensor | None, out: Tensor) -> Tensor:
    """Write x, each row times its factor, into `out`."""
    return out.copy_(x) if factors is None else torch.mul(x, factors, out=out)


def neighbour_lists(interactions: Interactions) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the neighbours of each node, ascending: users first, then items; indptr int64[n_nodes + 1] and indices."""
    n_users, n_items = interactions.n_users, interactions.n_items
    ones = np.ones(len(interactions), np.uint8)
    items = csr_array((ones, interactions.indices, interactions.indptr), shape=(n_users, n_items)).tocsc()
    indptr = np.concatenate([interactions.indptr, interactions.indptr[-1] + items.indptr[1:]])
    indices = np.concatenate([interactions.indices + np.int32(n_users), items.indices.astype(np.int32)])
    return indptr.astype(np.int64), indices


def _with_loops(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], n_users: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Make each node a neighbour of itself; lists stay in order: users come before all items, and items after users."""
    nodes = np.arange(len(indptr) - 1, dtype=np.int32)
    places = np.concatenate([indptr[:n_users], indptr[n_users + 1 :]])
    return indptr + np.arange(len(indptr)), np.insert(indices, places, nodes)


def _dgl_product(indptr: Tensor, indices: Tensor, device: str) -> NeighbourSum:
    dgl = _dgl()
    nothing = torch.zeros(0, dtype=torch.int32)
    lists = ("csc", (indptr, indices, nothing))
    graph = dgl.graph(lists, num_nodes=len(indptr) - 1, idtype=torch.int32, device=device)

    def product(x: Tensor) -> Tensor:
        return dgl.ops.copy_u_sum(graph, x)  # type: ignore[no-any-return]

    return product


def _dgl() -> Any:
    # It prints its choice of backend, and asks for one, unless the variable is set.
    os.environ.setdefault("DGLBACKEND", "pytorch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module("dgl")


def _torch_product(indptr: Tensor, indices: Tensor, device: str) -> NeighbourSum:
    # int32 indices: ten times faster on the CPU than int64.
    n_nodes = len(indptr) - 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        adjacency = torch.sparse_csr_tensor(
            indptr, indices, torch.ones(len(indices)), size=(n_nodes, n_nodes), device=device, check_invariants=False
        )
    return lambda x: adjacency @ x
