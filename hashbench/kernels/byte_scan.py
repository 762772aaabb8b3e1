"""The Hamming distance of every code to a query, without a choice among them: a scan of byte planes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.popcount import hamming, wrapping_add


@njit(nogil=True, cache=True)
def scan(rows: NDArray[np.uint8], query: NDArray[np.uint8], distances: NDArray[Any]) -> None:
    """Write the Hamming distance of every code uint8[n_bytes, n] to one query uint8[n_bytes] into `distances` [n].

    `distances` is of an unsigned type that holds the number of bits.
    """
    n_bytes, byte = rows.shape[0], 0
    distances[:] = 0
    while byte + 4 <= n_bytes:
        _add_4(rows, query, byte, distances)
        byte += 4
    while byte < n_bytes:
        row, query_byte = rows[byte], query[byte]
        for j in range(distances.size):
            distances[j] += hamming(row[j], query_byte)
        byte += 1


@njit(nogil=True, cache=True)
def _add_4(rows: NDArray[np.uint8], query: NDArray[np.uint8], byte: int, distances: NDArray[Any]) -> None:
    """Add four bytes' distances: fewer passes over `distances` than one byte at a time."""
    row_0, row_1, row_2, row_3 = rows[byte], rows[byte + 1], rows[byte + 2], rows[byte + 3]
    query_0, query_1, query_2, query_3 = query[byte], query[byte + 1], query[byte + 2], query[byte + 3]
    for j in range(distances.size):
        low = wrapping_add(hamming(row_0[j], query_0), hamming(row_1[j], query_1))
        high = wrapping_add(hamming(row_2[j], query_2), hamming(row_3[j], query_3))
        distances[j] += wrapping_add(low, high)
