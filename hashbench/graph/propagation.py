"""The sum over neighbours, A x, by DGL where it is installed and by torch's CSR matrices elsewhere."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from hashbench.data.interactions import Interactions

NeighbourSum = Callable[[Tensor], Tensor]


def neighbour_sum(interactions: Interactions, device: str, engine: str | None = None) -> NeighbourSum:
    """Return x ↦ A x for x float[n_users + n_items, d]; `engine` is "dgl" or "torch", by default the faster here.

    A is symmetric, so the gradient of A x is A applied to the gradient: neither engine's own backward is used.
    """
    chosen = engine or ("dgl" if device == "cpu" and _dgl() is not None else "torch")
    product = {"dgl": _dgl_product, "torch": _torch_product}[chosen](_adjacency(interactions), device)

    def apply(x: Tensor) -> Tensor:
        return _SymmetricProduct.apply(x, product)  # type: ignore[no-any-return, no-untyped-call]

    return apply


class _SymmetricProduct(torch.autograd.Function):
    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, product: NeighbourSum) -> Tensor:
        ctx.product = product  # type: ignore[attr-defined]
        return product(x)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, grad: Tensor) -> tuple[Tensor, None]:
        return ctx.product(grad.contiguous()), None  # type: ignore[attr-defined]


def _adjacency(interactions: Interactions) -> csr_array:
    n_users, n_nodes = interactions.n_users, interactions.n_users + interactions.n_items
    users, items = interactions.users(), interactions.indices + n_users
    rows, columns = np.concatenate([users, items]), np.concatenate([items, users])
    matrix = csr_array((np.ones(rows.size, np.float32), (rows, columns)), shape=(n_nodes, n_nodes))
    matrix.sort_indices()
    return matrix


def _dgl_product(matrix: csr_array, device: str) -> NeighbourSum:
    dgl = _dgl()
    indptr, indices = (torch.from_numpy(part.astype(np.int32)) for part in (matrix.indptr, matrix.indices))
    nothing = torch.zeros(0, dtype=torch.int32)
    graph = dgl.graph(("csc", (indptr, indices, nothing)), num_nodes=matrix.shape[0], idtype=torch.int32, device=device)

    def product(x: Tensor) -> Tensor:
        return dgl.ops.copy_u_sum(graph, x)  # type: ignore[no-any-return]

    return product


@cache
def _dgl() -> Any:
    """Import DGL; None where it is missing, or built for another torch."""
    # It prints its choice of backend, and asks for one, unless the variable is set.
    os.environ.setdefault("DGLBACKEND", "pytorch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return import_module("dgl")
        except Exception:
            return None


def _torch_product(matrix: csr_array, device: str) -> NeighbourSum:
    # int32 indices: ten times faster on the CPU than int64.
    indptr, indices = (torch.from_numpy(part.astype(np.int32)) for part in (matrix.indptr, matrix.indices))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        adjacency = torch.sparse_csr_tensor(
            indptr, indices, torch.from_numpy(matrix.data), size=matrix.shape, device=device, check_invariants=False
        )
    return lambda x: adjacency @ x
