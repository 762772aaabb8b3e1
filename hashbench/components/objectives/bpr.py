"""Bayesian personalised ranking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from hashbench.components.objectives.base import BaseObjective


@dataclass(frozen=True)
class BPR(BaseObjective):
    """Bayesian personalised ranking (Rendle et al., UAI 2009): -ln σ(⟨u, i⟩ - ⟨u, j⟩), the mean over negatives j."""

    name: ClassVar[str] = "bpr"

    negatives: Annotated[int, Field(ge=1, description="negatives per positive")] = 1

    @property
    def n_negatives(self) -> int:
        """Negatives per positive."""
        return self.negatives

    def loss(self, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the mean over the batch."""
        return F.softplus(negative - positive[:, None]).mean()
