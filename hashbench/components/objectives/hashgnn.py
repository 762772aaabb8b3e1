"""HashGNN's objective: cross-entropy of the links plus a ranking loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from hashbench.components.objectives.base import BaseObjective


@dataclass(frozen=True)
class HashGNN(BaseObjective):
    """L_cross + λ L_rank (HashGNN, eq. 7).

    L_cross is the cross-entropy of the observed links and of the sampled non-links (eq. 5). Each is averaged, so both
    weigh the same whatever the number of negatives. L_rank, averaged over triplets, is zero if σ(⟨u, i⟩) exceeds
    σ(⟨u, j⟩) by the margin in every triplet (eq. 6).
    """

    name: ClassVar[str] = "hashgnn"

    rank_weight: Annotated[float, Field(ge=0, description="λ of eq. 7; 0 gives HashGNN_nr")] = 0.5
    margin: Annotated[float, Field(ge=0, le=1, description="α of eq. 6")] = 0.2
    negatives: Annotated[int, Field(ge=1, description="triplets per positive")] = 5

    @property
    def n_negatives(self) -> int:
        """Triplets per positive."""
        return self.negatives

    def loss(self, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the mean over the batch."""
        positive = positive[:, None]
        links = F.softplus(-positive).mean() + F.softplus(negative).mean()
        ranks = F.relu(torch.sigmoid(negative) - torch.sigmoid(positive) + self.margin).mean()
        return links + self.rank_weight * ranks
