"""One test item a user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hashbench.data.hold_out import checked_split, hold_out
from hashbench.data.loaded import LoadedData
from hashbench.data.split import InteractionSplit
from hashbench.protocols import RunContext


@dataclass(frozen=True)
class LeaveOneOut:
    """One random item a user for the test and, from three items on, one for validation (He et al., NCF, WWW 2017)."""

    name: ClassVar[str] = "leave_one_out"

    def split(self, data: LoadedData, ctx: RunContext) -> InteractionSplit:
        """Divide each user's interactions; with two there is no validation, with one no test."""
        rng = ctx.rng("split")
        counts = data.interactions.counts
        learned, test = hold_out(data.interactions, (counts >= 2).astype(np.int64), rng)
        train, valid = hold_out(learned, (counts >= 3).astype(np.int64), rng)
        return checked_split(train, valid, test, self.name)
