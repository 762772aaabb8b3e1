"""Positives in random order, and negatives that the user has not interacted with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import IntArray, Interactions

MAX_ROUNDS = 20


@dataclass(frozen=True, eq=False)
class Triplets:
    """`users` and `positives` int64[b], `negatives` int64[b, n_negatives]; items count from 0."""

    users: IntArray
    positives: IntArray
    negatives: IntArray

    def batches(self, size: int) -> Iterator[Triplets]:
        """Cut into batches of at most `size`."""
        for start in range(0, self.users.size, size):
            cut = slice(start, start + size)
            yield Triplets(self.users[cut], self.positives[cut], self.negatives[cut])


def sample_epoch(train: Interactions, n_negatives: int, rng: np.random.Generator) -> Triplets:
    """Return every interaction once, in random order, with uniform negatives; the same for every batch size."""
    order = rng.permutation(len(train))
    users = train.users()[order]
    negatives = sample_negatives(train, np.repeat(users, n_negatives), rng)
    return Triplets(users, train.indices[order].astype(np.int64), negatives.reshape(-1, n_negatives))


def sample_negatives(train: Interactions, users: IntArray, rng: np.random.Generator) -> IntArray:
    """Return for each of `users` an item drawn uniformly from those it has not interacted with.

    A user who has interacted with the whole catalogue, for whom there is none, gets any item.
    Known items are drawn again; the few places still open after that (users who know nearly everything) are drawn
    from what is left of the catalogue.
    """
    known = train.keys()
    drawn = rng.integers(0, train.n_items, users.size)
    open_places: NDArray[np.int64] = np.arange(users.size)
    for _ in range(MAX_ROUNDS):
        keys = users[open_places] * train.n_items + drawn[open_places]
        open_places = open_places[_among(keys, known)]
        if open_places.size == 0:
            return drawn
        drawn[open_places] = rng.integers(0, train.n_items, open_places.size)
    for place in open_places:
        unknown = np.setdiff1d(np.arange(train.n_items), train.row(users[place]))
        drawn[place] = rng.choice(unknown) if unknown.size else drawn[place]
    return drawn


def _among(keys: IntArray, known: IntArray) -> NDArray[np.bool_]:
    places = np.minimum(np.searchsorted(known, keys), known.size - 1)
    found: NDArray[np.bool_] = known[places] == keys
    return found
