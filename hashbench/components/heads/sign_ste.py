"""Sign with the straight-through estimator: HashGNN's Hash_ste."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from hashbench.components.heads.layer import LearnedHead, LinearHashLayer, straight_through
from hashbench.protocols import RunContext


@dataclass(frozen=True)
class SignSTE(LearnedHead):
    """Sign forward, the gradient of tanh backward (Bengio et al., 2013): HashGNN's Hash_ste, its eq. 8 with p = 0."""

    name: ClassVar[str] = "sign_ste"

    def build(self, dim: int, ctx: RunContext) -> SignSTELayer:
        """Return a fresh layer."""
        return SignSTELayer(self, dim, ctx)


class SignSTELayer(LinearHashLayer):
    """The loss sees the code itself."""

    def relaxed(self, z: Tensor, progress: float, rng: torch.Generator) -> Tensor:
        """Return sign(z) with the gradient of tanh(z)."""
        return straight_through(z)
