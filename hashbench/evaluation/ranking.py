"""Full rankings of the catalogue for every test user, and their scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import IntArray, Interactions
from hashbench.evaluation.ties import reorder_ties, tie_groups
from hashbench.protocols import Hashed, Index, Metric, ScoredRanking, TieAwareMetric, TiedIndex, Ties

BATCH_SIZE = 1024
"""Users per call of an index."""


@dataclass(frozen=True, eq=False)
class Task:
    """For each user the items that a search leaves out (`exclude`) and those it should find (`truth`).

    Items are renumbered at random. Ties go to the lower number, so this favours no item; the numbers of published data
    sets often follow popularity. `order` int64[n_items] holds the old number of each new one.
    """

    exclude: Interactions
    truth: Interactions
    order: IntArray

    @classmethod
    def shuffled(cls, exclude: Interactions, truth: Interactions, rng: np.random.Generator) -> Task:
        """Renumber the items by a random permutation."""
        order = rng.permutation(truth.n_items)
        new_numbers = np.argsort(order)
        return cls(exclude.relabel_items(new_numbers), truth.relabel_items(new_numbers), order)

    def search(self, users: Hashed, items: Hashed) -> Search:
        """Return the search of hashed users and items; items are given in their old numbering."""
        return Search(users, items.take(self.order), self.exclude, self.truth)


@dataclass(frozen=True, eq=False)
class Search:
    """All users' queries and all items, with what each query leaves out and should find, in one numbering."""

    users: Hashed
    items: Hashed
    exclude: Interactions
    truth: Interactions

    @property
    def eval_users(self) -> NDArray[np.int64]:
        """Users with items to find: int64[n]."""
        return np.flatnonzero(self.truth.counts)

    def batches(self) -> list[NDArray[np.int64]]:
        """Return the evaluated users in batches; without such users, one empty batch."""
        eval_users = self.eval_users
        return [eval_users[start : start + BATCH_SIZE] for start in range(0, max(eval_users.size, 1), BATCH_SIZE)]


def rank_users(index: Index, search: Search, k: int, ties: bool = False) -> ScoredRanking:
    """Rank the first k items for every user with items to find, and mark the hits.

    Rows of the result follow `search.eval_users`. With `ties`, an index that counts ties is asked for the size of the
    tie at rank k, which takes another pass over its items.
    """
    batches = [_rank_batch(index, search, users, k, ties) for users in search.batches()]
    return ScoredRanking(
        np.concatenate([batch.items for batch in batches]),
        np.concatenate([batch.hits for batch in batches]),
        np.concatenate([batch.n_relevant for batch in batches]),
        _concatenated([batch.ties for batch in batches if batch.ties is not None]),
    )


def hits_of(items: NDArray[np.int32], truth: Interactions) -> NDArray[np.bool_]:
    """Return which ranked items int32[n, k] are in the user's row of the truth: bool[n, k]; -1 never is."""
    keys = np.arange(items.shape[0])[:, None] * truth.n_items + items
    return (items >= 0) & np.isin(keys, truth.keys())


@dataclass(frozen=True, eq=False)
class Scores:
    """A metric at one k, one value per user: in the order drawn for ties, expected, and in the worst and best order."""

    drawn: NDArray[np.float64]
    expected: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def score(ranking: ScoredRanking, metrics: Iterable[Metric], ks: Iterable[int]) -> dict[str, Scores]:
    """Return each metric at each k, by names such as "hr@50".

    Without ties all four values are the same. A metric that cannot compute its expectation has the drawn value for it.
    """
    rankings = {k: ranking.at(k) for k in ks}
    return {f"{metric.name}@{k}": _score(metric, at_k) for metric in metrics for k, at_k in rankings.items()}


def _rank_batch(index: Index, search: Search, users: NDArray[np.int64], k: int, ties: bool) -> ScoredRanking:
    queries, exclude, truth = search.users.take(users), search.exclude.select(users), search.truth.select(users)
    ranking = index.search(queries, k, exclude)
    hits = hits_of(ranking.items, truth)
    groups = None
    if ties and isinstance(index, TiedIndex):
        last_size, last_relevant = index.count_ties(queries, ranking.scores[:, -1], exclude, truth)
        groups = tie_groups(ranking.scores, hits, last_size, last_relevant)
    return ScoredRanking(ranking.items, hits, truth.counts, groups)


def _concatenated(ties: list[Ties]) -> Ties | None:
    if not ties:
        return None
    return Ties(
        np.concatenate([batch.start for batch in ties]),
        np.concatenate([batch.size for batch in ties]),
        np.concatenate([batch.relevant for batch in ties]),
    )


def _score(metric: Metric, ranking: ScoredRanking) -> Scores:
    drawn = metric.per_user(ranking)
    if ranking.ties is None:
        return Scores(drawn, drawn, drawn, drawn)
    expected = metric.expected(ranking) if isinstance(metric, TieAwareMetric) else drawn
    hits_first, hits_last = (metric.per_user(reorder_ties(ranking, best)) for best in (True, False))
    low, high = (hits_last, hits_first) if metric.higher_is_better else (hits_first, hits_last)
    return Scores(drawn, expected, low, high)
