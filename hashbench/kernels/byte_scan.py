"""The Hamming distance of every code to a query, without a choice among them: a scan of byte planes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.popcount import bits_apart, plus


@njit(nogil=True, cache=True)
def scan(rows: NDArray[np.uint8], query: NDArray[np.uint8], apart: NDArray[Any]) -> None:
    """Write the Hamming distance of every code uint8[n_bytes, n] to one query uint8[n_bytes] into `apart` [n]."""
    n_bytes, byte = rows.shape[0], 0
    apart[:] = 0
    while byte + 4 <= n_bytes:
        _add_4(rows, query, byte, apart)
        byte += 4
    while byte < n_bytes:
        row, of = rows[byte], query[byte]
        for j in range(apart.size):
            apart[j] += bits_apart(row[j], of)
        byte += 1


@njit(nogil=True, cache=True)
def _add_4(rows: NDArray[np.uint8], query: NDArray[np.uint8], byte: int, apart: NDArray[Any]) -> None:
    """Add four bytes' distances: fewer passes over `apart` than one byte at a time."""
    row_0, row_1, row_2, row_3 = rows[byte], rows[byte + 1], rows[byte + 2], rows[byte + 3]
    of_0, of_1, of_2, of_3 = query[byte], query[byte + 1], query[byte + 2], query[byte + 3]
    for j in range(apart.size):
        low = plus(bits_apart(row_0[j], of_0), bits_apart(row_1[j], of_1))
        high = plus(bits_apart(row_2[j], of_2), bits_apart(row_3[j], of_3))
        apart[j] += plus(low, high)
