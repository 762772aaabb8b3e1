"""Which of a few items each user has interacted with."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def mark_interacted(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    users: NDArray[np.int64],
    column_of: NDArray[np.int32],
    mask: NDArray[np.bool_],
) -> None:
    """Set `mask[i, column_of[item]]` for each item that `users[i]` has interacted with.

    Args:
        indptr: user u has the items `indices[indptr[u]:indptr[u + 1]]`.
        indices: int32[n_interactions].
        users: int64[n].
        column_of: int32[n_items]; negative for items without a column.
        mask: bool[n, n_columns], false everywhere.
    """
    for row in range(len(users)):
        for edge in range(indptr[users[row]], indptr[users[row] + 1]):
            column = column_of[indices[edge]]
            if column >= 0:
                mask[row, column] = True
