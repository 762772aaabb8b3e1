"""Recall of the exact answer: the share of it that an approximate search finds."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hashbench.evaluation.ranking import Scores, Search
from hashbench.protocols import ApproximateIndex, Ranking, RunContext

TOLERANCE = 1e-6
"""Relative difference of scores that are equal up to rounding."""


def exact_recall(index: ApproximateIndex, search: Search, ks: Iterable[int], ctx: RunContext) -> dict[str, Scores]:
    """Return the share of the exact best k items that an index finds, for each k and each user with items to find.

    The metrics are named "exact_recall@k". They have no range, because it does not matter which of several tied items
    the exact answer holds.
    """
    exact, ks = index.exact.build(search.items, ctx), sorted(ks)
    values: dict[int, list[NDArray[np.float64]]] = {k: [] for k in ks}
    for users in search.batches():
        queries, exclude = search.users.take(users), search.exclude.select(users)
        approximate, best = index.search(queries, ks[-1], exclude), exact.search(queries, ks[-1], exclude)
        for k, batches in values.items():
            batches.append(recall_of_exact(_first(approximate, k), _first(best, k)))
    recalls = {k: np.concatenate(batches) for k, batches in values.items()}
    return {f"exact_recall@{k}": Scores(recall, recall, recall, recall) for k, recall in recalls.items()}


def recall_of_exact(ranking: Ranking, exact: Ranking) -> NDArray[np.float64]:
    """Return for each query the share of the exact best k items that a ranking has: float64[n].

    Which of several items with the score of the last one are in the exact ranking is chance. So any items with this
    score count, up to the number of them in the exact ranking. Better items count if they are in the exact ranking.
    Scores are equal if they differ by less than a millionth. NaN where the exact ranking is empty.

    Args:
        ranking: The ranking to evaluate; only its first k items count, k being the width of the exact one.
        exact: The ranking of `hamming` or `continuous` for the same queries, items and seen items.

    Raises:
        ValueError: The rankings have different numbers of queries.
    """
    if len(ranking.items) != len(exact.items):
        raise ValueError(f"rankings of {len(ranking.items)} and {len(exact.items)} queries cannot be compared")
    n_queries, k = exact.items.shape
    items, scores = ranking.items[:, :k], ranking.scores[:, :k]
    is_listed = exact.items >= 0
    n_exact = is_listed.sum(1)
    last = np.where(is_listed, exact.scores, np.inf).min(1, initial=np.inf)[:, None]
    better = is_listed & ~np.isclose(exact.scores, last, rtol=TOLERANCE, atol=0)
    tied = np.isclose(scores, last, rtol=TOLERANCE, atol=0)
    # A number for each pair of row and item, so that one set operation serves all rows.
    stride = 1 + max(items.max(initial=0), exact.items.max(initial=0))
    rows = np.arange(n_queries, dtype=np.int64)[:, None] * stride
    is_better, is_exact = (np.isin(rows + items, (rows + exact.items)[part]) for part in (better, is_listed))
    found_better, found_equal = (items >= 0) & is_better, (items >= 0) & ~is_better & (is_exact | tied)
    n_found = found_better.sum(1) + np.minimum(found_equal.sum(1), n_exact - better.sum(1))
    recall: NDArray[np.float64] = n_found / np.where(n_exact, n_exact, np.nan)
    return recall


def _first(ranking: Ranking, k: int) -> Ranking:
    return Ranking(ranking.items[:, :k], ranking.scores[:, :k])
