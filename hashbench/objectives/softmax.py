"""Sampled softmax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor


@dataclass(frozen=True)
class Softmax:
    """Sampled softmax (Wu et al., TOIS 2024): -ln(e^(s⁺/τ) / (e^(s⁺/τ) + Σ_j e^(s_j/τ))), the mean over positives.

    The negatives j are drawn for each batch, each once, and shared by its positives; those that a user knows are left
    out of her sum. The paper takes the other positives of the batch, which is nearly power=1. Scores are cosines, as in
    the paper, which leaves the lengths of embeddings, by which they are searched, to the propagation; a head's `scale`
    makes no difference then. With an encoder's unit=true they are searched by cosines as well.
    """

    name: ClassVar[str] = "softmax"
    shared: ClassVar[bool] = True

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
        scores = torch.cat([positive[:, None], negative], 1) / self.temperature
        return (torch.logsumexp(scores, 1) - scores[:, 0]).mean()
