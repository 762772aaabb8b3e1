"""HashNet: a tanh that grows steeper until it is nearly the sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from hashbench.components.heads.layer import LearnedHead, LinearHashLayer
from hashbench.protocols import RunContext


@dataclass(frozen=True)
class HashNet(LearnedHead):
    """tanh(βz) with growing β, and the sign at the end (continuation: Cao et al., ICCV 2017).

    β is 1 for the first `warm_up` of the training, then grows exponentially to `beta_end`. HashGNN's comparison starts
    the growth after 200 iterations. The embedding for re-ranking is tanh(z), as in the other heads.
    """

    name: ClassVar[str] = "hashnet"

    beta_end: Annotated[float, Field(ge=1, description="β at the end of the training")] = 10.0
    warm_up: Annotated[float, Field(ge=0, lt=1, description="share of the training with β = 1")] = 0.05

    def build(self, dim: int, ctx: RunContext) -> HashNetLayer:
        """Return a fresh layer."""
        return HashNetLayer(self, dim, ctx)


class HashNetLayer(LinearHashLayer):
    """The loss sees tanh(βz)."""

    def __init__(self, head: HashNet, dim: int, ctx: RunContext) -> None:
        super().__init__(head, dim, ctx)
        self.beta_end, self.warm_up = head.beta_end, head.warm_up

    def relaxed(self, z: Tensor, progress: float, rng: torch.Generator) -> Tensor:
        """Return tanh(βz)."""
        return torch.tanh(self.schedule(progress) * z)

    def schedule(self, progress: float) -> float:
        """Return β."""
        grown = max(0.0, progress - self.warm_up) / (1 - self.warm_up)
        return float(self.beta_end**grown)
