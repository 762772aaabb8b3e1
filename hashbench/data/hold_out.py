"""Random hold-out of some interactions of each user; every split is made of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import IntArray, Interactions
from hashbench.data.split import InteractionSplit
from hashbench.errors import BadData


def hold_out(
    interactions: Interactions, n_held_out: IntArray, rng: np.random.Generator
) -> tuple[Interactions, Interactions]:
    """Return (kept, held out): of each user u, `n_held_out[u]` interactions at random are held out.

    `n_held_out` is int64[n_users].
    """
    users = interactions.users()
    order = np.lexsort((rng.random(len(interactions)), users))
    rank = np.arange(len(interactions)) - interactions.indptr[users]  # of an interaction in its user's random order
    held_out = np.zeros(len(interactions), bool)
    held_out[order[rank < n_held_out[users]]] = True
    return _subset(interactions, users, ~held_out), _subset(interactions, users, held_out)


def rounded_share(counts: IntArray, fraction: float) -> IntArray:
    """Return `fraction` of each count, rounded half up, but at most the count minus one: int64[n_users]."""
    shares: IntArray = np.minimum(np.floor(counts * fraction + 0.5).astype(np.int64), np.maximum(counts - 1, 0))
    return shares


def checked_split(train: Interactions, valid: Interactions, test: Interactions, name: str) -> InteractionSplit:
    """Return the split called `name`; raises `BadData` if it has no test interaction."""
    if not len(test):
        raise BadData(
            f"no user has a test interaction after split '{name}' ({train.n_users:,} users with {len(train):,} "
            "interactions); test users need two or more"
        )
    return InteractionSplit(train, valid, test)


def _subset(interactions: Interactions, users: IntArray, selected: NDArray[np.bool_]) -> Interactions:
    indptr = np.zeros(interactions.n_users + 1, np.int64)
    np.cumsum(np.bincount(users[selected], minlength=interactions.n_users), out=indptr[1:])
    return Interactions(indptr, interactions.indices[selected], interactions.n_items)
