"""Float kernels in numba: inner products, and the k largest of them. The GIL is released: threads may share a batch."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


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


@njit(nogil=True, cache=True)
def rank_candidates(
    scores: NDArray[np.float32],
    candidates: NDArray[np.int32],
    items: NDArray[np.int32],
    best: NDArray[np.float32],
) -> None:
    """Write the k largest scores of each row as `largest` does, where k is no small part of the columns.

    `candidates` [n_rows, n_columns] names the item of each score. A score and its item make one whole number, the
    better the smaller; the k smallest are chosen (quickselect) and sorted.
    """
    width, k = scores.shape[1], items.shape[1]
    keys = np.empty(width, np.uint64)
    bits = scores.view(np.uint32)
    for q in range(scores.shape[0]):
        n = 0
        for j in range(width):
            if candidates[q, j] >= 0 and scores[q, j] > -np.inf:
                bit = bits[q, j] if scores[q, j] != 0 else np.uint32(0)  # -0 ties with 0
                # Floats are ordered as their bits are, if those below 0 are turned over and the others come after them.
                rising = ~bit if bit >> np.uint32(31) else bit | np.uint32(0x80000000)
                keys[n] = np.uint64(~rising) << np.uint64(32) | np.uint64(candidates[q, j])
                n += 1
        taken = min(n, k)
        _select(keys[:n], taken)
        keys[:taken].sort()
        items[q, taken:] = -1
        best[q, taken:] = -np.inf
        for place in range(taken):
            key = keys[place]
            rising = ~np.uint32(key >> np.uint64(32))
            bits_at = rising & np.uint32(0x7FFFFFFF) if rising >> np.uint32(31) else ~rising
            items[q, place] = np.int32(key & np.uint64(0xFFFFFFFF))
            best.view(np.uint32)[q, place] = bits_at


@njit(nogil=True, cache=True)
def _select(keys: NDArray[np.uint64], k: int) -> None:
    """Put the k smallest of different keys first, in any order (Hoare's quickselect, median of three)."""
    low, high = 0, keys.size - 1
    while low < high and k <= high:
        middle = (low + high) // 2
        first, last = min(keys[low], keys[high]), max(keys[low], keys[high])
        pivot = min(max(first, keys[middle]), last)
        i, j = low, high
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k > i:
            low = i
        else:
            return


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
