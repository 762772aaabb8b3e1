"""Ranks faiss's matches, in numba: seen items are dropped, and equal scores are ordered by item number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.top_k import top_k


@njit(nogil=True, cache=True)
def rank(
    values: NDArray[Any],
    matches: NDArray[np.int64],
    sign: float,
    rows: NDArray[np.int64],
    seen_from: NDArray[np.int64],
    seen: NDArray[np.int32],
    items: NDArray[np.int32],
    scores: NDArray[np.float32],
) -> None:
    """Write the k best matches of the queries `rows` into these rows of `items` and `scores` [n_queries, k].

    `values` [n_rows, width] are faiss's distances or inner products, and `matches` the items, -1 for none. A score is
    `sign` times a value. Query q excludes the items `seen[seen_from[q]:seen_from[q + 1]]`, which are sorted.
    """
    candidates = np.empty((1, matches.shape[1]), np.int32)
    signed = np.empty((1, matches.shape[1]), np.float32)
    for i in range(rows.size):
        row = rows[i]
        seen_of_row = seen[seen_from[row] : seen_from[row + 1]]
        for j in range(matches.shape[1]):
            item = matches[i, j]
            position = np.searchsorted(seen_of_row, item)
            is_seen = position < seen_of_row.size and seen_of_row[position] == item
            candidates[0, j] = -1 if is_seen else item
            signed[0, j] = sign * values[i, j]
        top_k(signed, candidates, items[row : row + 1], scores[row : row + 1])
