"""HashGNN's straight-through estimator guided by the continuous embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from hashbench.components.heads.layer import LearnedHead, LinearHashLayer, signs, with_gradient_of
from hashbench.protocols import RunContext


@dataclass(frozen=True)
class GuidedSTE(LearnedHead):
    """ĥ = Q⊙z + (1-Q)⊙h, Q ~ Bernoulli(p), h = sign(z) straight through (HashGNN: Tan et al., WWW 2020, eq. 8).

    p falls geometrically from `p_start` to `p_end` over the training, so that a short training ends where a long one
    does. The paper lowers p by 5 % every 250 iterations with batches of 256.
    """

    name: ClassVar[str] = "guided_ste"

    p_start: Annotated[float, Field(gt=0, le=1, description="probability of the continuous value at the start")] = 1.0
    p_end: Annotated[float, Field(gt=0, le=1, description="probability of the continuous value at the end")] = 0.2

    def build(self, dim: int, ctx: RunContext) -> GuidedSTELayer:
        """Return a fresh layer."""
        return GuidedSTELayer(self, dim, ctx)


class GuidedSTELayer(LinearHashLayer):
    """The loss sees a random mixture of embedding and code."""

    def __init__(self, head: GuidedSTE, dim: int, ctx: RunContext) -> None:
        super().__init__(head, dim, ctx)
        self.p_start, self.p_end = head.p_start, head.p_end

    def relaxed(self, z: Tensor, progress: float, rng: torch.Generator) -> Tensor:
        """Return ĥ (eq. 8). Both parts have the gradient of tanh."""
        guided = torch.rand(z.shape, generator=rng, device=z.device) < self.schedule(progress)
        soft = torch.tanh(z)
        return with_gradient_of(soft, torch.where(guided, soft.detach(), signs(z)))

    def schedule(self, progress: float) -> float:
        """Return p."""
        return self.p_start * float((self.p_end / self.p_start) ** progress)
