"""Training, validation and test interactions of one data set."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from hashbench.data.interactions import Interactions, distinct
from hashbench.errors import BadData


@dataclass(frozen=True, eq=False)
class InteractionSplit:
    """Three disjoint sets of interactions with the same numbering of users and items."""

    train: Interactions
    valid: Interactions
    test: Interactions

    def __post_init__(self) -> None:
        shapes = {(part.n_users, part.n_items) for part in (self.train, self.valid, self.test)}
        if len(shapes) > 1:
            raise BadData("split: the three parts must have the same users and items")
        pairs = np.concatenate([self.train.keys(), self.valid.keys(), self.test.keys()])
        if distinct(pairs).size < pairs.size:
            raise BadData("split: an interaction is in more than one part")

    @property
    def seen(self) -> Interactions:
        """Items that a user has seen before the test: those of training and validation."""
        return self.train.union(self.valid)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the three parts."""
        parts = (self.train.digest(), self.valid.digest(), self.test.digest())
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()
