"""The split that a data set's publisher gives."""

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
    """The publisher's training and test parts; validation is taken from training at random."""

    name: ClassVar[str] = "published"

    valid: Annotated[float, Field(ge=0, lt=1, description="share of the training part that validates")] = 0.1

    def split(self, data: LoadedData, ctx: RunContext) -> InteractionSplit:
        """Divide as published."""
        if data.published is None:
            raise BadData(
                f"the data set ({data.source}) has no published split; give --split ratio or --split leave_one_out"
            )
        learned, test = data.published
        train, valid = hold_out(learned, rounded_share(learned.counts, self.valid), ctx.rng("split"))
        return checked_split(train, valid, test, self.name)
