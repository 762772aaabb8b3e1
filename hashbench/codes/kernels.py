"""Exact top-k kernels in numba; the GIL is released, so threads may share a batch of queries.

Every kernel gives ties to the lower item number and pads with -1 where fewer than k items are left.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.codes.popcount import popcount

_EXCLUDED = np.uint16(0xFFFF)


@njit(nogil=True, cache=True)
def nearest_codes(
    words: NDArray[np.unsignedinteger],
    queries: NDArray[np.unsignedinteger],
    n_bits: int,
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    items: NDArray[np.int32],
    distances: NDArray[np.int32],
) -> None:
    """Write the k nearest codes of each query, nearest first, by counting how many lie at each distance.

    `words` is [n_words, n_items], word by word so that LLVM vectorises the scan; `queries` [n_queries, n_words].
    Query q leaves out `excluded[excluded_from[q]:excluded_from[q + 1]]`. `items` and `distances` [n_queries, k] are
    written; both are -1 where nothing is left.
    """
    n_items, k = words.shape[1], items.shape[1]
    apart = np.empty(n_items, np.uint16)
    for q in range(queries.shape[0]):
        scan(words, queries[q], apart)
        for place in range(excluded_from[q], excluded_from[q + 1]):
            apart[excluded[place]] = _EXCLUDED
        at = np.zeros(n_bits + 2, np.int64)
        for j in range(n_items):
            at[min(apart[j], n_bits + 1)] += 1
        first, radius = np.empty(n_bits + 2, np.int64), n_bits
        filled = 0
        for distance in range(n_bits + 1):
            first[distance] = filled
            filled += at[distance]
            if filled >= k:
                radius = distance
                break
        items[q, min(filled, k) :] = -1
        distances[q, min(filled, k) :] = -1
        for j in range(n_items):
            distance = apart[j]
            if distance <= radius:
                place = first[distance]
                if place < k:
                    items[q, place] = j
                    distances[q, place] = distance
                    first[distance] = place + 1


@njit(nogil=True, cache=True)
def scan(words: NDArray[np.unsignedinteger], query: NDArray[np.unsignedinteger], apart: NDArray[np.uint16]) -> None:
    """Write the Hamming distance of every code to one query into `apart` uint16[n_items]."""
    row, word = words[0], query[0]
    for j in range(apart.size):
        apart[j] = popcount(row[j] ^ word)
    for w in range(1, words.shape[0]):
        row, word = words[w], query[w]
        for j in range(apart.size):
            apart[j] += popcount(row[j] ^ word)


@njit(nogil=True, cache=True)
def largest(
    scores: NDArray[np.float32], numbers: NDArray[np.int32], items: NDArray[np.int32], best: NDArray[np.float32]
) -> None:
    """Write the k largest scores of each row, largest first, with a heap of k.

    `numbers` [n_rows or 1, n_columns] names the item of each score, negative for none; -inf and NaN are never
    chosen. `items` and `best` [n_rows, k] are written; -1 and -inf where nothing is left.
    """
    k = items.shape[1]
    for q in range(scores.shape[0]):
        row, names = scores[q], numbers[q if numbers.shape[0] > 1 else 0]
        heap, held = best[q], items[q]
        heap[:] = -np.inf
        held[:] = -1
        for j in range(row.size):
            score, name = row[j], names[j]
            if name >= 0 and (score > heap[0] or (score == heap[0] and score > -np.inf and name < held[0])):
                _sink(heap, held, k, score, name)
        # Heap sort: the worst goes last, again and again.
        for last in range(k - 1, 0, -1):
            score, name = heap[last], held[last]
            heap[last], held[last] = heap[0], held[0]
            _sink(heap, held, last, score, name)


@njit(nogil=True, cache=True)
def _sink(heap: NDArray[np.float32], held: NDArray[np.int32], size: int, score: np.float32, name: np.int32) -> None:
    """Replace the root, which is the worst of the first `size`, and restore the heap."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (heap[other] < heap[child] or (heap[other] == heap[child] and held[other] > held[child])):
            child = other
        if heap[child] > score or (heap[child] == score and held[child] <= name):
            break
        heap[place], held[place] = heap[child], held[child]
        place = child
    heap[place], held[place] = score, name


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def inner_products(
    queries: NDArray[np.float32],
    dense: NDArray[np.float32],
    candidates: NDArray[np.int32],
    scores: NDArray[np.float32],
) -> None:
    """Write ⟨query, item⟩ of each query's candidates into `scores`; a candidate below 0 gets -inf."""
    for q in range(candidates.shape[0]):
        query = queries[q]
        for place in range(candidates.shape[1]):
            item = candidates[q, place]
            if item < 0:
                scores[q, place] = -np.inf
                continue
            row = dense[item]
            total = np.float32(0)
            for d in range(query.size):
                total += query[d] * row[d]
            scores[q, place] = total
