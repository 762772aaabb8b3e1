"""Inner products of real queries with binary codes, by look-up tables.

The score of a code c for a query q is Σ_j q_j · g(c_j), where g maps a 0 and a 1 of each bit to its value: HashLGN's
Ω(c; q) = f(q)ᵀ g(c), section 3.2. Tables hold what several bits together add to a score (asymmetric distance
computation: Jégou, Douze and Schmid, Product Quantization, TPAMI 2011, section III-A). Sums go from the first byte to
the last, in float32, so a score depends neither on the batch nor on the item's position. Equal codes have equal scores.

By definition, for bits [n_items, n_bits], bit values [2, n_bits] and a query [n_bits], both float32:

>>> import numpy as np
>>> def scores_of(bits, bit_values, query):
...     terms = query * np.where(bits, bit_values[1], bit_values[0])
...     scores = np.zeros(len(bits), np.float32)
...     for byte in range(0, len(query), 8):
...         halves = np.zeros((2, len(bits)), np.float32)
...         for j in range(byte, min(byte + 8, len(query))):
...             halves[j // 4 % 2] += terms[:, j]
...         scores += halves[0] + halves[1]
...     return scores
>>> def largest(scores, k, excluded):
...     scores[excluded] = -np.inf
...     ranking = np.lexsort((np.arange(len(scores)), -scores))  # by score, then by item
...     return ranking[scores[ranking] > -np.inf][:k]  # NaN is never chosen

The GIL is released, so threads may share a batch of queries. The kernel runs without the JIT.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.compare_llvm import WIDTH
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

    Args:
        blocks: of `BytePlanes`. They come as arrays, because a named tuple from Python takes numba 2 µs.
        tail: of `BytePlanes`.
        bit_values: g, float32[2, n_bits].
        queries: float32[n_queries, n_bits].
        excluded_from: int64[n_queries + 1]; query q leaves out `excluded[excluded_from[q]:excluded_from[q + 1]]`.
        excluded: int32; the items of each query are in ascending order.
        items: int32[n_queries, k], written; -1 where nothing is left.
        best: scores float32[n_queries, k], written; -inf where nothing is left.
    """
    if not items.size:
        return
    n_blocks, n_bytes, size = blocks.shape
    k, capacity = items.shape[1], 2 * items.shape[1] + size + WIDTH
    tables, workspace = np.empty((n_bytes, 2, 16), np.float32), np.empty(size, np.float32)
    number_workspace = np.empty(size, np.int32)
    # After the first block, what may be among the k largest is kept, and cut down to k whenever it is twice as many.
    kept, kept_items = np.empty(capacity, np.float32), np.empty(capacity, np.int32)
    for q in range(queries.shape[0]):
        fill_tables(queries[q], bit_values, tables)
        n_kept, position, best_items, best_scores = 0, excluded_from[q], items[q : q + 1], best[q : q + 1]
        for block in range(n_blocks + 1):
            rows = blocks[block] if block < n_blocks else tail
            start, width = block * size, rows.shape[1]
            scores, numbers = workspace[:width], number_workspace[:width]
            add_up(rows, tables, scores)
            while position < excluded_from[q + 1] and excluded[position] < start + width:
                scores[excluded[position] - start] = -np.inf
                position += 1
            for j in range(width):
                numbers[j] = start + j
            if block == 0:
                top_k(scores.reshape(1, width), numbers.reshape(1, width), best_items, best_scores)
            else:
                # Items come in ascending order: one that equals the limit loses its tie to those before it.
                limit = best_scores[0, k - 1]
                n_kept += filter_above(scores, numbers, limit, kept[n_kept:], kept_items[n_kept:])
                if n_kept < 2 * k and block < n_blocks:
                    continue
                candidates = kept_items[:n_kept].reshape(1, n_kept)
                rank_candidates(kept[:n_kept].reshape(1, n_kept), candidates, best_items, best_scores)
            kept[:k], kept_items[:k] = best_scores[0], best_items[0]
            n_kept = k
