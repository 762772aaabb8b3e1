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

    The negatives j are drawn for each batch, each once, and shared by its positives; those that a user knows are left
    out of her sum. The paper takes the other positives of the batch, which is nearly power=1. Scores are cosines, as in
    the paper, which leaves the lengths of embeddings, by which they are searched, to the propagation; a head's `scale`
    makes no difference then. With an encoder's normalize=true they are searched by cosines as well.
    """

    name: ClassVar[str] = "softmax"
    shares_negatives: ClassVar[bool] = True

    negatives: Annotated[int, Field(ge=1, description="items drawn a batch")] = 512
    temperature: Annotated[float, Field(gt=0, description="τ")] = 0.1
    cosine: Annotated[bool, Field(description="scores are cosines, else inner products")] = True
    power: Annotated[
        float, Field(ge=0, description="negatives are drawn in proportion to popularity to this power")
    ] = 0.0

    @property
    def n_negatives(self) -> int:
        """Items drawn a batch."""
        return self.negatives

    def loss(self, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the mean over the batch."""
        surprise: Tensor = _Surprise.apply(positive, negative, self.temperature)  # type: ignore[no-untyped-call]
        return surprise.mean()


ROWS = 128
"""Positives whose scores go through all steps together, so that these find them in the cache."""


class _Surprise(Function):
    """-ln of the positive's share [b], of scores [b] and [b, n]: a pass over the negatives each way, and no copies."""

    @staticmethod
    def forward(ctx: FunctionCtx, positive: Tensor, negative: Tensor, temperature: float) -> Tensor:
        first, total = positive / temperature, torch.empty_like(positive)
        for rows in _blocks(positive):
            scaled = negative[rows] / temperature
            top = torch.maximum(scaled.amax(1), first[rows])
            sums = scaled.sub_(top[:, None]).exp_().sum(1).add_((first[rows] - top).exp_())
            total[rows] = sums.log_().add_(top)
        ctx.save_for_backward(first, negative, total)
        ctx.temperature = temperature  # type: ignore[attr-defined]
        return total - first

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        first, negative, total = ctx.saved_tensors  # type: ignore[attr-defined]
        temperature, by_negative = ctx.temperature, torch.empty_like(negative)  # type: ignore[attr-defined]
        grad = grad / temperature
        for rows in _blocks(grad):
            scaled = torch.div(negative[rows], temperature, out=by_negative[rows])
            scaled.sub_(total[rows, None]).exp_().mul_(grad[rows, None])
        return grad * ((first - total).exp_() - 1), by_negative, None


def _blocks(x: Tensor) -> Iterator[slice]:
    # Only a CPU's cache is worth the calls.
    step = ROWS if x.device.type == "cpu" else max(len(x), 1)
    return (slice(start, start + step) for start in range(0, len(x), step))
