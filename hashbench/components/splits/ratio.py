"""A share of each user's interactions for training, the rest for test."""

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
    """A random split of each user's interactions (HashGNN: Tan et al., WWW 2020, section 5.1).

    A user's only interaction is for training.
    """

    name: ClassVar[str] = "ratio"

    train: Annotated[float, Field(gt=0, lt=1, description="share of each user's interactions to train on")] = 0.7
    valid: Annotated[
        float, Field(ge=0, lt=1, description="share of the training part that is held out for validation")
    ] = 0.1

    def split(self, data: LoadedData, ctx: RunContext) -> InteractionSplit:
        """Split each user's interactions."""
        rng = ctx.rng("split")
        train_and_valid, test = hold_out(
            data.interactions, rounded_share(data.interactions.counts, 1 - self.train), rng
        )
        train, valid = hold_out(train_and_valid, rounded_share(train_and_valid.counts, self.valid), rng)
        return checked_split(train, valid, test, self.name)
