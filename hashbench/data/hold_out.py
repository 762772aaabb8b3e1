"""Taking some of each user's interactions at random: what every split is made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import IntArray, Interactions
from hashbench.data.split import InteractionSplit
from hashbench.errors import BadData


def hold_out(
    interactions: Interactions, taken: IntArray, rng: np.random.Generator
) -> tuple[Interactions, Interactions]:
    """Return what is kept and what is taken: `taken[u]` interactions of user u at random, int64[n_users]."""
    users = interactions.users()
    order = np.lexsort((rng.random(len(interactions)), users))
    place = np.arange(len(interactions)) - interactions.indptr[users]
    chosen = np.zeros(len(interactions), bool)
    chosen[order[place < taken[users]]] = True
    return _subset(interactions, users, ~chosen), _subset(interactions, users, chosen)


def share(counts: IntArray, fraction: float) -> IntArray:
    """Return a fraction of each user's count, rounded to the nearest; at least one is left of what there is."""
    taken: IntArray = np.minimum(np.floor(counts * fraction + 0.5).astype(np.int64), np.maximum(counts - 1, 0))
    return taken


def finished(train: Interactions, valid: Interactions, test: Interactions, name: str) -> InteractionSplit:
    """Return the split; one that has nothing to test is refused."""
    if not len(test):
        raise BadData(
            f"no user has a test interaction after split '{name}' ({train.n_users:,} users with {len(train):,} "
            "interactions); test users need two or more"
        )
    return InteractionSplit(train, valid, test)


def _subset(interactions: Interactions, users: IntArray, chosen: NDArray[np.bool_]) -> Interactions:
    indptr = np.zeros(interactions.n_users + 1, np.int64)
    np.cumsum(np.bincount(users[chosen], minlength=interactions.n_users), out=indptr[1:])
    return Interactions(indptr, interactions.indices[chosen], interactions.n_items)
