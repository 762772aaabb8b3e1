"""The publisher's split of a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from hashbench.data.hold_out import checked_split, hold_out, rounded_share
from hashbench.data.loaded import LoadedData
from hashbench.data.split import InteractionSplit
from hashbench.errors import BadData
from hashbench.protocols import RunContext


@dataclass(frozen=True)
class Published:
    """The publisher's training and test parts; validation is drawn from the training part at random."""

    name: ClassVar[str] = "published"

    valid: Annotated[
        float, Field(ge=0, lt=1, description="share of the training part that is held out for validation")
    ] = 0.1

    def split(self, data: LoadedData, ctx: RunContext) -> InteractionSplit:
        """Split as published. Raises `BadData` if the data set has no published split."""
        if data.published is None:
            raise BadData(
                f"the data set ({data.source}) has no published split; give --split ratio or --split leave_one_out"
            )
        train_and_valid, test = data.published
        train, valid = hold_out(train_and_valid, rounded_share(train_and_valid.counts, self.valid), ctx.rng("split"))
        return checked_split(train, valid, test, self.name)
