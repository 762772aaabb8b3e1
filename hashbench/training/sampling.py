"""Positives in random order, and negatives that the user has not interacted with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import IntArray, Interactions
from hashbench.kernels.interacted_mask import mark_interacted
from hashbench.protocols import Objective

MAX_ROUNDS = 20


@dataclass(frozen=True, eq=False)
class Batch:
    """`users` and `positives` int64[b], items counting from 0, and `negatives`: int64[b, n] or, shared, int64[n].

    Of shared negatives `interacted_mask` bool[b, n] says which a user has interacted with. `of` is the number of interactions of
    the batch that this is a share of, whose shared negatives the other shares have too.
    """

    users: IntArray
    positives: IntArray
    negatives: IntArray
    interacted_mask: NDArray[np.bool_] | None = None
    of: int | None = None


def sample_epoch(train: Interactions, objective: Objective, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Give every interaction once, in random order, in batches of at most `size`, with uniform negatives.

    Positives and their own negatives are the same whatever the size; shared ones are drawn for each batch.
    """
    order = rng.permutation(len(train))
    users, positives = train.users()[order], train.indices[order].astype(np.int64)
    if objective.shares_negatives:
        shares = _shares(train, objective.power)
    else:
        drawn = sample_negatives(train, np.repeat(users, objective.n_negatives), rng).reshape(users.size, -1)
    for start in range(0, users.size, size):
        cut = slice(start, start + size)
        if objective.shares_negatives:
            most = train.n_items if shares is None else int(np.count_nonzero(shares))
            n = min(objective.n_negatives, most)
            negatives = rng.choice(train.n_items, n, replace=False, p=shares, shuffle=False)
            yield Batch(users[cut], positives[cut], negatives, interacted_mask(train, users[cut], negatives))
        else:
            yield Batch(users[cut], positives[cut], drawn[cut])


def _shares(train: Interactions, power: float) -> NDArray[np.float64] | None:
    """Return the chance of each item in proportion to popularity^power; None where all are alike."""
    if not power:
        return None
    weights = np.bincount(train.indices, minlength=train.n_items) ** power
    found: NDArray[np.float64] = weights / weights.sum()
    return found


def interacted_mask(train: Interactions, users: IntArray, items: IntArray) -> NDArray[np.bool_]:
    """Return which of `items` int64[n], each once, each of `users` has interacted with: bool[len(users), n]."""
    place = np.full(train.n_items, -1, np.int32)
    place[items] = np.arange(items.size, dtype=np.int32)
    interacted_mask = np.zeros((users.size, items.size), np.bool_)
    mark_interacted(train.indptr, train.indices, users, place, interacted_mask)
    return interacted_mask


def sample_negatives(train: Interactions, users: IntArray, rng: np.random.Generator) -> IntArray:
    """Return for each of `users` an item drawn uniformly from those it has not interacted with.

    A user who has interacted with the whole catalogue, for whom there is none, gets any item.
    Known items are drawn again; the few places still open after that (users who know nearly everything) are drawn
    from what is left of the catalogue.
    """
    interacted_mask = train.keys()
    drawn = rng.integers(0, train.n_items, users.size)
    open_places: NDArray[np.int64] = np.arange(users.size)
    for _ in range(MAX_ROUNDS):
        keys = users[open_places] * train.n_items + drawn[open_places]
        open_places = open_places[_among(keys, interacted_mask)]
        if open_places.size == 0:
            return drawn
        drawn[open_places] = rng.integers(0, train.n_items, open_places.size)
    for place in open_places:
        unknown = np.setdiff1d(np.arange(train.n_items), train.row(users[place]))
        drawn[place] = rng.choice(unknown) if unknown.size else drawn[place]
    return drawn


def _among(keys: IntArray, interacted_mask: IntArray) -> NDArray[np.bool_]:
    places = np.minimum(np.searchsorted(interacted_mask, keys), interacted_mask.size - 1)
    found: NDArray[np.bool_] = interacted_mask[places] == keys
    return found
