"""The mean over the layers of a propagation without weights, and its gradient, in few passes over memory."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx

from hashbench.graph.propagation import Adjacency


def mean_of_layers(adjacency: Adjacency, degrees: Tensor, x: Tensor, layers: int, rows: Tensor | None = None) -> Tensor:
    """Return P x, P = Σ (D^-½ A D^-½)^k / (K+1) over k = 0…K, or its given rows (each once).

    x float[n, d], degrees float[n, 1], at least 1. With y = D^-½ x a layer is y ← D^-1 A y, so that a product costs one
    more pass over memory, in place. P is symmetric: the gradient is P applied to the gradient, by Horner's rule. Of the
    last product forward, and of the first backward, only the rows in question are computed.
    """
    return _MeanOfLayers.apply(x, adjacency, degrees, layers, rows)  # type: ignore[no-any-return, no-untyped-call]


class _MeanOfLayers(Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx, x: Tensor, adjacency: Adjacency, degrees: Tensor, layers: int, rows: Tensor | None
    ) -> Tensor:
        ctx.adjacency, ctx.degrees, ctx.layers, ctx.rows = adjacency, degrees, layers, rows  # type: ignore[attr-defined]
        root = degrees.sqrt()
        y, other = adjacency.workspace(0, x), adjacency.workspace(1, x)
        torch.div(x, root, out=y)
        total = _at(x, rows).clone()
        for layer in range(1, layers + 1):
            if rows is not None and layer == layers:
                chosen = adjacency.gather(y, rows).div_(_at(degrees, rows))
            else:
                y, other = adjacency.product(y, other).div_(degrees), y
                chosen = _at(y, rows)
            total.addcmul_(chosen, _at(root, rows))
        return total.div_(layers + 1)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None, None, None, None]:
        adjacency, degrees, layers, rows = ctx.adjacency, ctx.degrees, ctx.layers, ctx.rows  # type: ignore[attr-defined]
        root = degrees.sqrt()
        h = grad / _at(root, rows)
        total, other = adjacency.workspace(0, grad), adjacency.workspace(1, grad)

        def add_h() -> None:
            _ = total.add_(h) if rows is None else total.index_add_(0, rows, h)

        total.zero_()
        for layer in range(1, layers + 1):
            if rows is not None and layer == 1:
                adjacency.scatter(h, rows, total).div_(degrees)
            else:
                add_h()
                total, other = adjacency.product(total, other).div_(degrees), total
        add_h()
        return total * (root / (layers + 1)), None, None, None, None


def _at(x: Tensor, rows: Tensor | None) -> Tensor:
    return x if rows is None else x.index_select(0, rows)
