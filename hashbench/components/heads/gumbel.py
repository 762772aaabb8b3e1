"""Gumbel-softmax over the two states of each bit: Hash_gumb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from hashbench.components.heads.layer import LearnedHead, LinearHashLayer
from hashbench.protocols import RunContext


@dataclass(frozen=True)
class Gumbel(LearnedHead):
    """Each bit is a relaxed one-hot vector over two states (Jang et al., ICLR 2017): HashGNN's Hash_gumb.

    The states' logits are ±z, so the mean of the unrelaxed bit is tanh(z). For two states, the softmax with Gumbel
    noise at temperature τ is a sigmoid with logistic noise, and the bit is 2σ((2z + logistic) / τ) - 1. τ falls
    geometrically from `tau_start` to `tau_end`. The embedding for re-ranking is the bits' mean, tanh(z).
    """

    name: ClassVar[str] = "gumbel"

    tau_start: Annotated[float, Field(gt=0, description="temperature at the start")] = 1.0
    tau_end: Annotated[float, Field(gt=0, description="temperature at the end")] = 0.2

    def build(self, dim: int, ctx: RunContext) -> GumbelLayer:
        """Return a fresh layer."""
        return GumbelLayer(self, dim, ctx)


class GumbelLayer(LinearHashLayer):
    """The loss sees a sample of the relaxed bits."""

    def __init__(self, head: Gumbel, dim: int, ctx: RunContext) -> None:
        super().__init__(head, dim, ctx)
        self.tau_start, self.tau_end = head.tau_start, head.tau_end

    def relaxed(self, z: Tensor, progress: float, rng: torch.Generator) -> Tensor:
        """Return 2σ((2z + logistic noise) / τ) - 1 = tanh((z + logistic / 2) / τ)."""
        uniform = torch.rand(z.shape, generator=rng, device=z.device).clamp(1e-6, 1 - 1e-6)
        return torch.tanh((z + torch.logit(uniform) / 2) / self.schedule(progress))

    def schedule(self, progress: float) -> float:
        """Return τ."""
        return self.tau_start * float((self.tau_end / self.tau_start) ** progress)
