"""Full ranking of a catalogue for every user, and its judgement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import IntArray, Interactions
from hashbench.evaluation.ties import reorder_ties, tie_groups
from hashbench.protocols import Hashed, Index, Metric, ScoredRanking, TieAwareMetric, TiedIndex, Ties

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
    def eval_users(self) -> NDArray[np.int64]:
        """Users with something to find: int64[n]."""
        return np.flatnonzero(self.truth.counts)

    def batches(self) -> list[NDArray[np.int64]]:
        """Cut the askers into batches; one of nobody if there are none."""
        eval_users = self.eval_users
        return [eval_users[start : start + BATCH] for start in range(0, max(eval_users.size, 1), BATCH)]


def rank_users(index: Index, search: Search, k: int, ties: bool = False) -> ScoredRanking:
    """Rank the first k items for every user with something to find, and mark the hits.

    Rows of the result follow `search.askers`. With `ties` an index that can tell is asked for the whole group of the
    last place, which takes another pass over its items.
    """
    batches = [_rank_batch(index, search, users, k, ties) for users in search.batches()]
    items, hits, n_relevant = (
        np.concatenate([getattr(batch, name) for batch in batches]) for name in ("items", "hits", "n_relevant")
    )
    groups = [batch.ties for batch in batches if batch.ties is not None]
    if not groups:
        return ScoredRanking(items, hits, n_relevant)
    parts = (np.concatenate([getattr(group, name) for group in groups]) for name in ("start", "size", "relevant"))
    return ScoredRanking(items, hits, n_relevant, Ties(*parts))


def _rank_batch(index: Index, search: Search, users: NDArray[np.int64], k: int, ties: bool) -> ScoredRanking:
    queries, exclude, truth = search.users.take(users), search.exclude.select(users), search.truth.select(users)
    ranking = index.search(queries, k, exclude)
    hits = hits_of(ranking.items, truth)
    groups = None
    if ties and isinstance(index, TiedIndex):
        last = index.count_ties(queries, ranking.scores[:, -1], exclude, truth)
        groups = tie_groups(ranking.scores, hits, *last)
    return ScoredRanking(ranking.items, hits, truth.counts, groups)


def hits_of(items: NDArray[np.int32], truth: Interactions) -> NDArray[np.bool_]:
    """Say which ranked items int32[n, k] are in the user's row of the truth: bool[n, k]; -1 never is."""
    keys = np.arange(items.shape[0])[:, None] * truth.n_items + items
    return (items >= 0) & np.isin(keys, truth.keys())


@dataclass(frozen=True, eq=False)
class Scores:
    """One metric at one k, a value a user: in the order the run drew for ties, expected, and at the range's ends."""

    drawn: NDArray[np.float64]
    expected: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def score(ranking: ScoredRanking, metrics: Iterable[Metric], ks: Iterable[int]) -> dict[str, Scores]:
    """Return each metric at each k, named like "hr@50".

    Without ties all four are the same. A metric that does not know its expected value keeps the drawn one.
    """
    cut = {k: ranking.at(k) for k in ks}
    return {f"{metric.name}@{k}": _score(metric, at_k) for metric in metrics for k, at_k in cut.items()}


def _score(metric: Metric, ranking: ScoredRanking) -> Scores:
    drawn = metric.per_user(ranking)
    if ranking.ties is None:
        return Scores(drawn, drawn, drawn, drawn)
    expected = metric.expected(ranking) if isinstance(metric, TieAwareMetric) else drawn
    ends = (
        metric.per_user(reorder_ties(ranking, best)) for best in (not metric.higher_is_better, metric.higher_is_better)
    )
    return Scores(drawn, expected, *ends)
