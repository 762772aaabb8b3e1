"""Rankings with ties: groups of equal scores, and the best and the worst order of their items.

A Hamming distance has few values, so rank k mostly falls inside a group of tied items, and their order decides the
metric. Expected values over all orders have closed forms (McSherry and Najork, ECIR 2008), in `components/metrics.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hashbench.protocols import FloatArray, ScoredRanking, Ties


def tie_groups(
    scores: FloatArray, hits: NDArray[np.bool_], last_size: NDArray[np.int64], last_relevant: NDArray[np.int64]
) -> Ties:
    """Return the groups of tied items in rankings with `scores` and `hits` [n_users, k].

    The last group may continue beyond rank k. `last_size` and `last_relevant` int64[n_users] count its items and its
    test items in the whole catalogue. Ranks without an item (score -inf) form an empty group.
    """
    n_users, k = scores.shape
    begins = np.ones((n_users, k), bool)
    begins[:, 1:] = scores[:, 1:] != scores[:, :-1]
    start = np.maximum.accumulate(np.where(begins, np.arange(k, dtype=np.int32), 0), axis=1)
    group = np.cumsum(begins) - 1  # groups are numbered through all rows
    size = np.bincount(group)
    relevant = np.bincount(group, weights=hits.ravel()).astype(np.int64)
    empty = np.isneginf(scores[:, -1])
    last = group[k - 1 :: k]
    size[last] = np.where(empty, 0, last_size)
    relevant[last] = np.where(empty, 0, last_relevant)
    return Ties(start, *(counts[group].astype(np.int32).reshape(n_users, k) for counts in (size, relevant)))


def reorder_ties(ranking: ScoredRanking, best: bool) -> ScoredRanking:
    """Return the ranking with the test items first (`best`) or last in each tie: the ends of a metric's range."""
    ties = ranking.ties
    if ties is None:
        return ranking
    rank_in_group = np.arange(ranking.hits.shape[1], dtype=np.int32) - ties.start
    hits = rank_in_group < ties.relevant if best else rank_in_group >= ties.size - ties.relevant
    return ScoredRanking(ranking.items, hits & (ties.size > 0), ranking.n_relevant)
