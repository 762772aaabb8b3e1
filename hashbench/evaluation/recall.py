"""How much of the exact answer an approximate one holds."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hashbench.evaluation.ranking import Scores, Search
from hashbench.protocols import ApproximateIndex, Ranking, RunContext

TOLERANCE = 1e-6


def exact_recall(index: ApproximateIndex, search: Search, ks: Iterable[int], ctx: RunContext) -> dict[str, Scores]:
    """Return for each k what share of the exact best k an index finds, a value a user with something to find.

    The metrics are named "exact_recall@k", and have no range: which of tied items the exact answer holds counts for
    nothing.
    """
    exact, ks = index.exact.build(search.items, ctx), sorted(ks)
    values: dict[int, list[NDArray[np.float64]]] = {k: [] for k in ks}
    for users in search.batches():
        queries, exclude = search.users.take(users), search.exclude.select(users)
        found, best = (one.search(queries, ks[-1], exclude) for one in (index, exact))
        for k, of_batches in values.items():
            cut = (Ranking(one.items[:, :k], one.scores[:, :k]) for one in (found, best))
            of_batches.append(recall_of_exact(*cut))
    joined = {k: np.concatenate(of_batches) for k, of_batches in values.items()}
    return {f"exact_recall@{k}": Scores(value, value, value, value) for k, value in joined.items()}


def recall_of_exact(ranking: Ranking, exact: Ranking) -> NDArray[np.float64]:
    """Return for each query the share of the exact best k items that a ranking has: float64[n].

    Of the exact items those count that are better than the last of them, and then as many that equal it as the exact
    ranking has, for which of the equals come last is chance. Scores are equal up to rounding (a millionth). Only the
    first k places of the ranking count, k being the width of the exact one. NaN where the exact ranking is empty.

    Args:
        ranking: What an index found.
        exact: What `hamming` or `continuous` found with the same queries, items and seen items.

    Raises:
        ValueError: The rankings are not of the same number of queries.
    """
    if len(ranking.items) != len(exact.items):
        raise ValueError(f"rankings of {len(ranking.items)} and {len(exact.items)} queries cannot be compared")
    n_queries, k = exact.items.shape
    items, scores = ranking.items[:, :k], ranking.scores[:, :k]
    there = exact.items >= 0
    n_exact = there.sum(1)
    last = np.where(there, exact.scores, np.inf).min(1, initial=np.inf)[:, None]
    better = there & ~np.isclose(exact.scores, last, rtol=TOLERANCE, atol=0)
    tied = np.isclose(scores, last, rtol=TOLERANCE, atol=0)
    # Items of one row beside those of another: a number for each pair of row and item.
    stride = 1 + max(items.max(initial=0), exact.items.max(initial=0))
    rows = np.arange(n_queries, dtype=np.int64)[:, None] * stride
    is_better, is_exact = (np.isin(rows + items, (rows + exact.items)[part]) for part in (better, there))
    found_better, found_equal = (items >= 0) & is_better, (items >= 0) & ~is_better & (is_exact | tied)
    found = found_better.sum(1) + np.minimum(found_equal.sum(1), n_exact - better.sum(1))
    recall: NDArray[np.float64] = found / np.where(n_exact, n_exact, np.nan)
    return recall
