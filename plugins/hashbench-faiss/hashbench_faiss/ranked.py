"""From what faiss found to a ranking, in numba: seen items dropped, equal scores by item number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.top_k import top_k


@njit(nogil=True, cache=True)
def rank(
    values: NDArray[Any],
    found: NDArray[np.int64],
    sign: float,
    rows: NDArray[np.int64],
    seen_from: NDArray[np.int64],
    seen: NDArray[np.int32],
    items: NDArray[np.int32],
    scores: NDArray[np.float32],
) -> None:
    """Write the k best of what was found for the queries `rows` into these rows of `items` and `scores` [n_queries, k].

    `values` and `found` [n_rows, width] are faiss's distances or inner products, and items, -1 where there is none. A
    score is `sign` times a value. Query q leaves out `seen[seen_from[q]:seen_from[q + 1]]`, which is sorted.
    """
    numbers = np.empty((1, found.shape[1]), np.int32)
    signed = np.empty((1, found.shape[1]), np.float32)
    for one in range(rows.size):
        row = rows[one]
        of_row = seen[seen_from[row] : seen_from[row + 1]]
        for j in range(found.shape[1]):
            item = found[one, j]
            place = np.searchsorted(of_row, item)
            is_seen = place < of_row.size and of_row[place] == item
            numbers[0, j] = -1 if is_seen else item
            signed[0, j] = sign * values[one, j]
        top_k(signed, numbers, items[row : row + 1], scores[row : row + 1])
