"""Per-user values of metrics, recomputed from the hits of a run instead of read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hashbench.components.metrics import F1, HR, MAP, MRR, NDCG, HitRate, Precision, Recall
from hashbench.protocols import ScoredRanking, TieAwareMetric, Ties
from hashbench.results.per_user import Hits, TieGroups

METRICS: dict[str, TieAwareMetric] = {
    metric.name: metric for metric in (HR(), Recall(), HitRate(), NDCG(), Precision(), F1(), MRR(), MAP())
}
"""The metrics whose values follow from hits and ties alone."""


class Recomputation:
    """Recomputes metrics from the hits of a run: expected values if the hits know their ties."""

    def __init__(self, hits: Hits) -> None:
        self.n_users = len(hits.n_relevant)
        self.evaluated = np.flatnonzero(hits.n_relevant)
        self.ranking = _ranking(hits, self.evaluated)

    def values(self, metric: str) -> NDArray[np.float32] | None:
        """Return float32[n_users] of a metric such as "hr@50", or None if it does not follow from hits.

        A user without test items has NaN.
        """
        name, _, k = metric.partition("@")
        if name not in METRICS or not k.isdecimal() or not 0 < int(k) <= self.ranking.hits.shape[1]:
            return None
        ranking = self.ranking.at(int(k))
        values = np.full(self.n_users, np.nan, np.float32)
        scored = METRICS[name].per_user(ranking) if ranking.ties is None else METRICS[name].expected(ranking)
        values[self.evaluated] = scored
        return values


def _ranking(hits: Hits, users: NDArray[np.int64]) -> ScoredRanking:
    """Return the rankings of some users. Metrics need not know which items were ranked, only how many."""
    is_hit = hits.is_hit[users]
    k = is_hit.shape[1]
    ranked = np.full(len(users), k) if hits.n_ranked is None else hits.n_ranked[users]
    items = np.where(np.arange(k) < ranked[:, None], 0, -1).astype(np.int32)
    ties = None if hits.ties is None else _ties(is_hit, hits.ties.take(users))
    return ScoredRanking(items, is_hit, hits.n_relevant[users], ties)


def _ties(is_hit: NDArray[np.bool_], groups: TieGroups) -> Ties:
    """Return the group of each rank. Groups before the last one are complete, so the ranking itself counts them."""
    n_users, k = is_hit.shape
    starts = groups.starts.copy()
    starts[:, 0] = True
    start = np.maximum.accumulate(np.where(starts, np.arange(k, dtype=np.int32), 0), axis=1)
    group = np.cumsum(starts) - 1  # numbered through all rows
    size = np.bincount(group)
    relevant = np.bincount(group, weights=is_hit.ravel()).astype(np.int64)
    last = group[k - 1 :: k]
    size[last], relevant[last] = groups.last_size, groups.last_relevant
    return Ties(start, *(counts[group].astype(np.int32).reshape(n_users, k) for counts in (size, relevant)))
