"""Batches of a training epoch: positives in random order, and negatives the user has not interacted with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import IntArray, Interactions
from hashbench.kernels.interacted_mask import mark_interacted
from hashbench.protocols import Objective

MAX_ROUNDS = 20
"""Negatives that the user has interacted with are drawn again at most so often."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Users, a positive item for each, and negative items; users and items are both numbered from 0.

    Attributes:
        users: int64[b].
        positives: int64[b].
        negatives: int64[b, n], or int64[n] if all users of the batch share them.
        interacted_mask: bool[b, n], which shared negatives a user has interacted with; None if they are not shared.
        whole_batch_size: Of a shard of a batch with shared negatives, the number of interactions of the whole batch.
    """

    users: IntArray
    positives: IntArray
    negatives: IntArray
    interacted_mask: NDArray[np.bool_] | None = None
    whole_batch_size: int | None = None


def sample_epoch(train: Interactions, objective: Objective, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Yield every interaction once, in random order, in batches of at most `size`, with their negatives.

    Shared negatives are drawn for each batch. Others are drawn for the whole epoch, so they do not depend on `size`.
    """
    order = rng.permutation(len(train))
    users, positives = train.users()[order], train.indices[order].astype(np.int64)
    if objective.shares_negatives:
        yield from _with_shared_negatives(train, objective, users, positives, size, rng)
        return
    negatives = sample_negatives(train, np.repeat(users, objective.n_negatives), rng).reshape(users.size, -1)
    for start in range(0, users.size, size):
        rows = slice(start, start + size)
        yield Batch(users[rows], positives[rows], negatives[rows])


def _with_shared_negatives(
    train: Interactions,
    objective: Objective,
    users: IntArray,
    positives: IntArray,
    size: int,
    rng: np.random.Generator,
) -> Iterator[Batch]:
    probabilities = _popularity(train, objective.power)
    n_candidates = train.n_items if probabilities is None else int(np.count_nonzero(probabilities))
    n_negatives = min(objective.n_negatives, n_candidates)
    for start in range(0, users.size, size):
        rows = slice(start, start + size)
        negatives = rng.choice(train.n_items, n_negatives, replace=False, p=probabilities, shuffle=False)
        yield Batch(users[rows], positives[rows], negatives, interacted_mask(train, users[rows], negatives))


def _popularity(train: Interactions, power: float) -> NDArray[np.float64] | None:
    """Return each item's probability, in proportion to popularity^power; None if all are equal."""
    if not power:
        return None
    weights = np.bincount(train.indices, minlength=train.n_items) ** power
    probabilities: NDArray[np.float64] = weights / weights.sum()
    return probabilities


def interacted_mask(train: Interactions, users: IntArray, items: IntArray) -> NDArray[np.bool_]:
    """Return which of the distinct `items` int64[n] each of `users` has interacted with: bool[len(users), n]."""
    column_of = np.full(train.n_items, -1, np.int32)
    column_of[items] = np.arange(items.size, dtype=np.int32)
    mask = np.zeros((users.size, items.size), np.bool_)
    mark_interacted(train.indptr, train.indices, users, column_of, mask)
    return mask


def sample_negatives(train: Interactions, users: IntArray, rng: np.random.Generator) -> IntArray:
    """Return for each of `users` an item drawn uniformly from those the user has not interacted with: int64[n].

    Items that the user has interacted with are drawn again, `MAX_ROUNDS` times at most. What is left then (users who
    have interacted with nearly all items) is drawn from the user's other items. A user who has interacted with every
    item gets any item.
    """
    interacted_keys = train.keys()
    items = rng.integers(0, train.n_items, users.size)
    redraw: IntArray = np.arange(users.size)
    for _ in range(MAX_ROUNDS):
        keys = users[redraw] * train.n_items + items[redraw]
        redraw = redraw[_is_among(keys, interacted_keys)]
        if redraw.size == 0:
            return items
        items[redraw] = rng.integers(0, train.n_items, redraw.size)
    for position in redraw:
        others = np.setdiff1d(np.arange(train.n_items), train.row(users[position]))
        items[position] = rng.choice(others) if others.size else items[position]
    return items


def _is_among(keys: IntArray, ascending: IntArray) -> NDArray[np.bool_]:
    positions = np.minimum(np.searchsorted(ascending, keys), ascending.size - 1)
    is_among: NDArray[np.bool_] = ascending[positions] == keys
    return is_among
