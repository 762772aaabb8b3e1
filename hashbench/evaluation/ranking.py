"""Full ranking of a catalogue for every user, and its judgement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import IntArray, Interactions
from hashbench.protocols import Hashed, Index, Judged, Metric

BATCH = 1024


@dataclass(frozen=True, eq=False)
class Task:
    """For each user the items that a search leaves out and those it should find.

    Items are renumbered at random, so that ties, which go to the lower number, favour no item: numbers given by
    publishers often follow popularity. `order` int64[n_items] holds the old number of each new one.
    """

    exclude: Interactions
    truth: Interactions
    order: IntArray

    @classmethod
    def shuffled(cls, exclude: Interactions, truth: Interactions, rng: np.random.Generator) -> Task:
        """Renumber the items by a random permutation."""
        order = rng.permutation(truth.n_items)
        new = np.argsort(order)
        return cls(exclude.relabel_items(new), truth.relabel_items(new), order)

    def search(self, users: Hashed, items: Hashed) -> Search:
        """Ask it of hashed users and items (these in their old numbering)."""
        return Search(users, items.take(self.order), self.exclude, self.truth)


@dataclass(frozen=True, eq=False)
class Search:
    """All users' queries and all items, with what each query leaves out and should find, in one numbering."""

    users: Hashed
    items: Hashed
    exclude: Interactions
    truth: Interactions

    @property
    def askers(self) -> NDArray[np.int64]:
        """Users with something to find: int64[n]."""
        return np.flatnonzero(self.truth.counts)


def judge(index: Index, search: Search, k: int) -> Judged:
    """Rank the first k items for every user with something to find, and mark the hits.

    Rows of the result follow `search.askers`.
    """
    askers = search.askers
    items = np.empty((askers.size, k), np.int32)
    for start in range(0, askers.size, BATCH):
        users = askers[start : start + BATCH]
        items[start : start + BATCH] = index.search(search.users.take(users), k, search.exclude.select(users)).items
    truth = search.truth.select(askers)
    return Judged(items, hits_of(items, truth), truth.counts)


def hits_of(items: NDArray[np.int32], truth: Interactions) -> NDArray[np.bool_]:
    """Say which ranked items int32[n, k] are in the user's row of the truth: bool[n, k]; -1 never is."""
    keys = np.arange(items.shape[0])[:, None] * truth.n_items + items
    return (items >= 0) & np.isin(keys, truth.keys())


def score(judged: Judged, metrics: Iterable[Metric], ks: Iterable[int]) -> dict[str, NDArray[np.float64]]:
    """Return the per-user values of each metric at each k, named like "hr@50"."""
    cut = {k: judged.at(k) for k in ks}
    return {f"{metric.name}@{k}": metric.per_user(at_k) for metric in metrics for k, at_k in cut.items()}
