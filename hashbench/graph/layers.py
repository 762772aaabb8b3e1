"""LightGCN's mean over propagation layers and its gradient, in few passes over memory."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx

from hashbench.graph.propagation import Adjacency


def mean_of_layers(adjacency: Adjacency, degrees: Tensor, x: Tensor, layers: int, rows: Tensor | None = None) -> Tensor:
    """Return P x with P = Σ (D^-½ A D^-½)^k / (K+1), k = 0…K (LightGCN, eq. 3 and 4), or its `rows`.

    With y = D^-½ x, a layer is y ← D^-1 A y, so besides the product it costs one pass over memory, in place. P is
    symmetric, so the gradient is P applied to the gradient, by Horner's rule. Where only some rows are asked for, the
    last product of the forward pass and the first of the backward pass compute these rows alone.

    Args:
        adjacency: A.
        degrees: D, float[n_nodes, 1], at least 1.
        x: float32[n_nodes, d].
        layers: K.
        rows: int64[n], each once; None for all.
    """
    return _MeanOfLayers.apply(x, adjacency, degrees, layers, rows)  # type: ignore[no-any-return, no-untyped-call]


class _MeanOfLayers(Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx, x: Tensor, adjacency: Adjacency, degrees: Tensor, layers: int, rows: Tensor | None
    ) -> Tensor:
        ctx.adjacency, ctx.degrees, ctx.layers, ctx.rows = adjacency, degrees, layers, rows  # type: ignore[attr-defined]
        root = degrees.sqrt()
        y, workspace = adjacency.workspace(0, x), adjacency.workspace(1, x)
        torch.div(x, root, out=y)
        total = _select(x, rows).clone()
        for layer in range(1, layers + 1):
            if rows is not None and layer == layers:
                y_rows = adjacency.gather(y, rows).div_(_select(degrees, rows))
            else:
                y, workspace = adjacency.product(y, workspace).div_(degrees), y
                y_rows = _select(y, rows)
            total.addcmul_(y_rows, _select(root, rows))
        return total.div_(layers + 1)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None, None, None, None]:
        adjacency, degrees, layers, rows = ctx.adjacency, ctx.degrees, ctx.layers, ctx.rows  # type: ignore[attr-defined]
        root = degrees.sqrt()
        h = grad / _select(root, rows)
        total, workspace = adjacency.workspace(0, grad), adjacency.workspace(1, grad)

        def add_h() -> None:
            _ = total.add_(h) if rows is None else total.index_add_(0, rows, h)

        total.zero_()
        for layer in range(1, layers + 1):
            if rows is not None and layer == 1:
                adjacency.scatter(h, rows, total).div_(degrees)
            else:
                add_h()
                total, workspace = adjacency.product(total, workspace).div_(degrees), total
        add_h()
        return total * (root / (layers + 1)), None, None, None, None


def _select(x: Tensor, rows: Tensor | None) -> Tensor:
    return x if rows is None else x.index_select(0, rows)
