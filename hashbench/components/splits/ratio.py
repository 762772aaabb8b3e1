"""A share of each user's interactions for training, the rest for the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from hashbench.data.hold_out import checked_split, hold_out, rounded_share
from hashbench.data.loaded import LoadedData
from hashbench.data.split import InteractionSplit
from hashbench.protocols import RunContext


@dataclass(frozen=True)
class Ratio:
    """At random within each user, as in HashGNN (Tan et al., WWW 2020, section 5.1); a lone one is trained on."""

    name: ClassVar[str] = "ratio"

    train: Annotated[float, Field(gt=0, lt=1, description="share of each user's interactions to train on")] = 0.7
    valid: Annotated[float, Field(ge=0, lt=1, description="share of the training part that validates")] = 0.1

    def split(self, data: LoadedData, ctx: RunContext) -> InteractionSplit:
        """Divide each user's interactions."""
        rng = ctx.rng("split")
        everything = data.interactions
        learned, test = hold_out(everything, rounded_share(everything.counts, 1 - self.train), rng)
        train, valid = hold_out(learned, rounded_share(learned.counts, self.valid), rng)
        return checked_split(train, valid, test, self.name)
