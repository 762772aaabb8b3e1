"""The sum over neighbours, A x, by compiled loops on the CPU, by torch's CSR matrices elsewhere, or by DGL."""

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
    """The adjacency matrix A of a bipartite graph, symmetric and of ones; multiplies x float32[n_nodes, d].

    The products are not differentiable. A is symmetric, so the gradient of A x is A applied to the gradient, and
    `neighbour_sum` uses the same products for it.

    Args:
        interactions: The edges.
        device: Where x is.
        threads: Threads of the "compiled" backend.
        precision: With "bfloat16", x is rounded before the sum, so half as many bytes are read; sums are float32.
        backend: "compiled" (loops of this package, on the CPU), "torch" or "dgl"; by default "compiled" on the CPU and
            "torch" elsewhere.
        self_loops: Whether each node is also its own neighbour: A + I.
    """

    def __init__(
        self,
        interactions: Interactions,
        device: str = "cpu",
        threads: int = 1,
        precision: Precision = "float32",
        backend: str | None = None,
        self_loops: bool = False,
    ) -> None:
        self._interactions, self._self_loops = interactions, self_loops
        self._threads, self._device = threads, device
        self._rounded = precision == "bfloat16"
        self._backend = backend or ("compiled" if device == "cpu" else "torch")
        self.n_nodes = interactions.n_users + interactions.n_items
        self._build_with_self_loops = partial(
            Adjacency, interactions, device, threads, precision, backend, self_loops=True
        )
        self._workspace: dict[tuple[int, int], Tensor] = {}
        self._halves = np.zeros((0, 0), np.uint16)

    @cached_property
    def lists(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The neighbours of each node: indptr int64[n_nodes + 1] and indices int32."""
        lists = neighbour_lists(self._interactions)
        return _with_self_loops(*lists, self._interactions.n_users) if self._self_loops else lists

    @cached_property
    def with_self_loops(self) -> Adjacency:
        """A + I, with the same options."""
        return self._build_with_self_loops()

    @cached_property
    def _compiled(self) -> RowSums | None:
        return RowSums(*self.lists, self._threads) if self._backend == "compiled" else None

    @cached_property
    def _product(self) -> NeighbourSum:
        indptr, indices = (torch.from_numpy(part.astype(np.int32)) for part in self.lists)
        return (_dgl_product if self._backend == "dgl" else _torch_product)(indptr, indices, self._device)

    def workspace(self, number: int, like: Tensor) -> Tensor:
        """Return the buffer of this number, float32[n_nodes, d] for the d columns of `like`; the next call reuses it.

        NumPy asks the system for huge pages. With small pages, reading rows at random takes twice as long. Touching new
        memory in each step takes as long as a product.
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
        """Return (A x)[rows] for rows int64[n]: float32[n, d]."""
        if self._compiled is None:
            return self._product(self._round(x))[rows]
        out = x.new_empty(len(rows), x.shape[1])
        self._compiled.gather(self._bits(x), rows.numpy(), out.numpy())
        return out

    def scatter(self, values: Tensor, rows: Tensor, out: Tensor) -> Tensor:
        """Write A x into `out`, and return it; x is `values` float32[n, d] in the distinct `rows`, and 0 elsewhere."""
        if self._compiled is None:
            return out.copy_(self._product(torch.zeros_like(out).index_copy_(0, rows, self._round(values))))
        self._compiled.scatter(self._bits(values), rows.numpy(), out.numpy())
        return out

    def _round(self, x: Tensor) -> Tensor:
        return x.bfloat16().float() if self._rounded else x

    def _bits(self, x: Tensor) -> NDArray[Any]:
        """Return x as the compiled loops read it, or its bfloat16 bits, in a buffer that the next call reuses."""
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
    """Return diag(right_scale) A diag(left_scale) x, or its distinct `rows` int64[n]; differentiable by x.

    As in DGL, `left_scale` multiplies the values before the sum and `right_scale` the sums. Both are float[n_nodes, 1],
    and 1 if they are None.
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
        x = _scaled(x, left_scale, adjacency.workspace(0, x))
        out = adjacency.product(x, torch.empty_like(x)) if rows is None else adjacency.gather(x, rows)
        return out if right_scale is None else out.mul_(right_scale)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None, None, None, None]:
        adjacency, rows, left_scale, right_scale = ctx.adjacency, ctx.rows, ctx.left_scale, ctx.right_scale  # type: ignore[attr-defined]
        out = grad.new_empty(adjacency.n_nodes, grad.shape[1])
        if rows is None:
            adjacency.product(_scaled(grad, right_scale, adjacency.workspace(0, grad)), out)
        else:
            adjacency.scatter(grad if right_scale is None else grad * right_scale, rows, out)
        return out if left_scale is None else out.mul_(left_scale), None, None, None, None


def _scaled(x: Tensor, scale: Tensor | None, out: Tensor) -> Tensor:
    """Write x, each row times its scale, into `out`."""
    return out.copy_(x) if scale is None else torch.mul(x, scale, out=out)


def neighbour_lists(interactions: Interactions) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return each node's neighbours in ascending order, users first: indptr int64[n_nodes + 1] and indices int32."""
    n_users, n_items = interactions.n_users, interactions.n_items
    ones = np.ones(len(interactions), np.uint8)
    items = csr_array((ones, interactions.indices, interactions.indptr), shape=(n_users, n_items)).tocsc()
    indptr = np.concatenate([interactions.indptr, interactions.indptr[-1] + items.indptr[1:]])
    indices = np.concatenate([interactions.indices + np.int32(n_users), items.indices.astype(np.int32)])
    return indptr.astype(np.int64), indices


def _with_self_loops(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], n_users: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Make each node its own neighbour. Lists stay in order: a user comes before its items, an item after its users."""
    nodes = np.arange(len(indptr) - 1, dtype=np.int32)
    positions = np.concatenate([indptr[:n_users], indptr[n_users + 1 :]])
    return indptr + np.arange(len(indptr)), np.insert(indices, positions, nodes)


def _dgl_product(indptr: Tensor, indices: Tensor, device: str) -> NeighbourSum:
    dgl = _dgl()
    no_edge_ids = torch.zeros(0, dtype=torch.int32)
    lists = ("csc", (indptr, indices, no_edge_ids))
    graph = dgl.graph(lists, num_nodes=len(indptr) - 1, idtype=torch.int32, device=device)

    def product(x: Tensor) -> Tensor:
        return dgl.ops.copy_u_sum(graph, x)  # type: ignore[no-any-return]

    return product


def _dgl() -> Any:
    # DGL asks for a backend and prints its choice, unless this variable is set.
    os.environ.setdefault("DGLBACKEND", "pytorch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module("dgl")


def _torch_product(indptr: Tensor, indices: Tensor, device: str) -> NeighbourSum:
    # On the CPU, products with int32 indices are ten times faster than with int64.
    n_nodes = len(indptr) - 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        adjacency = torch.sparse_csr_tensor(
            indptr, indices, torch.ones(len(indices)), size=(n_nodes, n_nodes), device=device, check_invariants=False
        )
    return lambda x: adjacency @ x
