"""Popularity: the lower bound of every comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hashbench.data.interactions import Interactions
from hashbench.protocols import Embeddings, RunContext


@dataclass(frozen=True)
class MostPopular:
    """Items ranked by their number of users, the same for every user."""

    name: ClassVar[str] = "most_popular"

    def fit(self, train: Interactions, ctx: RunContext) -> Embeddings:
        """Return embeddings of one value: the popularity of each item, and 1 for each user."""
        counts = np.bincount(train.indices, minlength=train.n_items).astype(np.float32)
        return Embeddings(np.ones((train.n_users, 1), np.float32), counts[:, None])
