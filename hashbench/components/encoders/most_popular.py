"""Popularity: the floor of every table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hashbench.data.interactions import Interactions
from hashbench.protocols import Embeddings, RunContext


@dataclass(frozen=True)
class MostPopular:
    """Items by their number of users, alike for everybody; nothing is learnt of a user."""

    name: ClassVar[str] = "most_popular"

    def fit(self, train: Interactions, ctx: RunContext) -> Embeddings:
        """Return one value an item, and 1 for each user."""
        counts = np.bincount(train.indices, minlength=train.n_items).astype(np.float32)
        return Embeddings(np.ones((train.n_users, 1), np.float32), counts[:, None])
