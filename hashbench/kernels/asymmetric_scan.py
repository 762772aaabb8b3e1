"""Inner products of real queries with binary codes, by look-up tables.

The score of a code c for a query q is Σ_j q_j · g(c_j), where g says what a 0 and a 1 of each bit stand for: HashLGN's
Ω(c; q) = f(q)ᵀ g(c), section 3.2. What some bits together add to it depends on their values alone, and is looked up
(asymmetric distance computation: Jégou, Douze and Schmid, Product Quantization, TPAMI 2011, section III-A). Sums go
from the first byte to the last, in float32: a score depends neither on the batch nor on the item's place, and equal
codes have equal scores.

The GIL is released, so threads may share a batch of queries.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.compare_llvm import TOGETHER
from hashbench.kernels.nibble_tables import add_up, fill_tables
from hashbench.kernels.top_k import filter_above, rank_candidates, top_k


@njit(nogil=True, cache=True)
def asymmetric_top_k(
    blocks: NDArray[np.uint8],
    tail: NDArray[np.uint8],
    bit_values: NDArray[np.float32],
    queries: NDArray[np.float32],
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    items: NDArray[np.int32],
    best: NDArray[np.float32],
) -> None:
    """Write the k items of the largest scores of each query, largest first, ties to the lower item number.

    `blocks` and `tail` are those of `BytePlanes`; `bit_values` [2, n_bits] is g, `queries` [n_queries, n_bits]. Query q
    leaves out `excluded[excluded_from[q]:excluded_from[q + 1]]`; a score of NaN or -inf is never chosen. `items` and
    `best` [n_queries, k] are written; -1 and -inf where nothing is left.
    """
    if not items.size:
        return
    n_blocks, n_bytes, size = blocks.shape
    k, most = items.shape[1], 2 * items.shape[1] + size + TOGETHER
    tables, room = np.empty((n_bytes, 2, 16), np.float32), np.empty(size, np.float32)
    room_of_numbers = np.empty(size, np.int32)
    # After the first block, what may be among the k largest is kept, and cut down to k whenever it is twice as many.
    kept, kept_items = np.empty(most, np.float32), np.empty(most, np.int32)
    for q in range(queries.shape[0]):
        fill_tables(queries[q], bit_values, tables)
        n_kept, place, chosen, largest_so_far = 0, excluded_from[q], items[q : q + 1], best[q : q + 1]
        for block in range(n_blocks + 1):
            rows = blocks[block] if block < n_blocks else tail
            start, width = block * size, rows.shape[1]
            scores, numbers = room[:width], room_of_numbers[:width]
            add_up(rows, tables, scores)
            while place < excluded_from[q + 1] and excluded[place] < start + width:
                scores[excluded[place] - start] = -np.inf
                place += 1
            for j in range(width):
                numbers[j] = start + j
            if block == 0:
                top_k(scores.reshape(1, width), numbers.reshape(1, width), chosen, largest_so_far)
            else:
                # Items come in their order: one that equals the limit loses its tie to those before it.
                limit = largest_so_far[0, k - 1]
                n_kept += filter_above(scores, numbers, limit, kept[n_kept:], kept_items[n_kept:])
                if n_kept < 2 * k and block < n_blocks:
                    continue
                together = kept[:n_kept].reshape(1, n_kept), kept_items[:n_kept].reshape(1, n_kept)
                rank_candidates(together[0], together[1], chosen, largest_so_far)
            kept[:k], kept_items[:k] = largest_so_far[0], chosen[0]
            n_kept = k
