"""What a scan of bit planes reads for each query, and what its totals exceed distances by.

Of the n_bits rows of a tile, a query reads only those in which it has the rarer of its two values: half of them at
most. `bit_sliced_llvm` says why they suffice.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class QueryRows(NamedTuple):
    """The rows of each query; a named tuple, because numba takes no dataclass.

    The query has its rarer value in the first `n_rows[q]` of `rows[q]`. `rows` int64[n_queries, n_bits] counts words
    from the first word of a tile. `over_ones[q]` says whether that value is 1. A total of `any_below` exceeds the
    distance by `excess[q]`.
    """

    rows: NDArray[np.int64]
    n_rows: NDArray[np.int64]
    over_ones: NDArray[np.bool_]
    excess: NDArray[np.int64]


@njit(nogil=True, cache=True)
def choose_rows(queries: NDArray[np.uint8], n_bits: int, n_weight_rows: int, words: int) -> QueryRows:
    """Return the rows that each query needs.

    Args:
        queries: packed codes uint8[n_queries, n_bytes].
        n_bits: bits of a code.
        n_weight_rows: rows of the items' weights in a tile.
        words: words of a row.
    """
    n_queries = queries.shape[0]
    rows, n_rows = np.empty((n_queries, n_bits), np.int64), np.empty(n_queries, np.int64)
    over_ones, excess = np.empty(n_queries, np.bool_), np.empty(n_queries, np.int64)
    for q in range(n_queries):
        weight = 0
        for bit in range(n_bits):
            weight += queries[q, bit >> 3] >> (bit & 7) & 1
        over_ones[q] = 2 * weight <= n_bits
        excess[q] = weight if over_ones[q] else (1 << n_weight_rows) - 1 - weight
        n = 0
        for bit in range(n_bits):
            if (queries[q, bit >> 3] >> (bit & 7) & 1) == over_ones[q]:
                rows[q, n] = bit * words
                n += 1
        n_rows[q] = n
    return QueryRows(rows, n_rows, over_ones, excess)


@njit(nogil=True, inline="always")
def write_bound(total: int, bound: NDArray[np.uint64]) -> None:
    """Write the binary digits of `total`, each as a word of zeros or of ones.

    A total with too many digits becomes the largest that fits. No item has that total, so it bounds them all.
    """
    total = min(total, (1 << bound.size) - 1)
    for digit in range(bound.size):
        bound[digit] = -(total >> digit & 1)
