"""Sampled softmax."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx, once_differentiable

from hashbench.components.objectives.base import BaseObjective


@dataclass(frozen=True)
class Softmax(BaseObjective):
    """Sampled softmax (Wu et al., TOIS 2024): -ln(e^(s⁺/τ) / (e^(s⁺/τ) + Σ_j e^(s_j/τ))), the mean over positives.

    Distinct negatives j are drawn for each batch and shared by its positives. Items that the user has interacted with
    are left out of the sum. The paper's negatives are the other positives of the batch, which is nearly power=1.
    Scores are cosines, as in the paper, so a head's `scale` has no effect. Retrieval uses inner products: the loss does
    not see the lengths of embeddings, which propagation determines. With an encoder's normalize=true, retrieval uses
    cosines too.
    """

    name: ClassVar[str] = "softmax"
    shares_negatives: ClassVar[bool] = True

    negatives: Annotated[int, Field(ge=1, description="items drawn per batch")] = 512
    temperature: Annotated[float, Field(gt=0, description="τ")] = 0.1
    cosine: Annotated[bool, Field(description="scores are cosines; if false, inner products")] = True
    power: Annotated[
        float, Field(ge=0, description="negatives are drawn in proportion to popularity to this power")
    ] = 0.0

    @property
    def n_negatives(self) -> int:
        """Items drawn per batch."""
        return self.negatives

    def loss(self, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the mean over the batch."""
        losses: Tensor = _NegativeLogSoftmax.apply(positive, negative, self.temperature)  # type: ignore[no-untyped-call]
        return losses.mean()


ROWS = 128
"""Positives per block; the scores of a block stay in the cache through all steps."""


class _NegativeLogSoftmax(Function):
    """-ln softmax of the positive [b], from scores [b] and [b, n], in one pass over the negatives in each direction."""

    @staticmethod
    def forward(ctx: FunctionCtx, positive: Tensor, negative: Tensor, temperature: float) -> Tensor:
        scaled_positive, total = positive / temperature, torch.empty_like(positive)
        for rows in _blocks(positive):
            scaled = negative[rows] / temperature
            top = torch.maximum(scaled.amax(1), scaled_positive[rows])
            sums = scaled.sub_(top[:, None]).exp_().sum(1).add_((scaled_positive[rows] - top).exp_())
            total[rows] = sums.log_().add_(top)
        ctx.save_for_backward(scaled_positive, negative, total)
        ctx.temperature = temperature  # type: ignore[attr-defined]
        return total - scaled_positive

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        scaled_positive, negative, total = ctx.saved_tensors  # type: ignore[attr-defined]
        temperature, negative_grad = ctx.temperature, torch.empty_like(negative)  # type: ignore[attr-defined]
        grad = grad / temperature
        for rows in _blocks(grad):
            scaled = torch.div(negative[rows], temperature, out=negative_grad[rows])
            scaled.sub_(total[rows, None]).exp_().mul_(grad[rows, None])
        return grad * ((scaled_positive - total).exp_() - 1), negative_grad, None


def _blocks(x: Tensor) -> Iterator[slice]:
    # Blocks help only on a CPU, whose cache they fit.
    step = ROWS if x.device.type == "cpu" else max(len(x), 1)
    return (slice(start, start + step) for start in range(0, len(x), step))
