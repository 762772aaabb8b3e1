"""Leave-one-out: one test item per user."""

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
    """One random test item per user and, from three items on, one for validation (NCF: He et al., WWW 2017)."""

    name: ClassVar[str] = "leave_one_out"

    def split(self, data: LoadedData, ctx: RunContext) -> InteractionSplit:
        """Split each user's interactions. A user with two has no validation item, one with one has no test item."""
        rng = ctx.rng("split")
        counts = data.interactions.counts
        train_and_valid, test = hold_out(data.interactions, (counts >= 2).astype(np.int64), rng)
        train, valid = hold_out(train_and_valid, (counts >= 3).astype(np.int64), rng)
        return checked_split(train, valid, test, self.name)
