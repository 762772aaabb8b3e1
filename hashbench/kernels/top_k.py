"""Float kernels in numba: inner products, and the k largest of them. The GIL is released: threads may share a batch."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.aligned import LINE
from hashbench.kernels.compare_llvm import TOGETHER, exceeding
from hashbench.kernels.memory import address, prefetch
from hashbench.kernels.popcount import ctz


@njit(nogil=True, cache=True)
def top_k(
    scores: NDArray[np.float32], numbers: NDArray[np.int32], items: NDArray[np.int32], best: NDArray[np.float32]
) -> None:
    """Write the k largest scores of each row, largest first.

    Rows of scores are contiguous. `numbers` [n_rows or 1, n_columns] names the item of each score, negative for none;
    -inf and NaN are never chosen. `items` and `best` [n_rows, k] are written; -1 and -inf where nothing is left.

    A sample says which score k and not many more are likely to exceed, and those that do are ranked. If they are fewer
    after all, or too many, as where scores tie, a heap of k goes through the row, as it does for a k below `FEW`. Where
    k is more than a quarter of the row, all of it is ranked.
    """
    if not items.size:
        return
    k, width = items.shape[1], scores.shape[1]
    most = 4 * k + SAMPLE
    kept, names_kept = np.empty(most, np.float32), np.empty(most, np.int32)
    for q in range(scores.shape[0]):
        of_row, place = slice(q, q + 1), q if numbers.shape[0] > 1 else 0
        of_names = slice(place, place + 1)
        if k >= FEW and width // 4 < k:
            rank_candidates(scores[of_row], numbers[of_names], items[of_row], best[of_row])
            continue
        limit = _likely_limit(scores[q], k) if k >= FEW else np.float32(-np.inf)
        n = filter_above(scores[q], numbers[place], limit, kept, names_kept) if limit > -np.inf else 0
        if k <= n <= most:
            rank_candidates(kept[:n].reshape(1, n), names_kept[:n].reshape(1, n), items[of_row], best[of_row])
        else:
            _by_heap(scores[q], numbers[place], items[q], best[q])


FEW = 8
"""Below this k a heap alone is used: few scores ever enter it."""

SAMPLE = 512
"""Scores that are looked at before all are; more of them where otherwise the k largest would not be among them."""


@njit(nogil=True, cache=True)
def _likely_limit(row: NDArray[np.float32], k: int) -> np.float32:
    """Return a score that k of the row and not many more are likely to exceed, by a sample; -inf if that is unknown."""
    step = max(4, min(row.size // SAMPLE, k // 4))
    expected = k / step  # of the k largest in the sample, with a deviation of its root
    rank = int(np.ceil(expected + 3 * np.sqrt(expected))) + 1
    first = np.full(rank, -np.inf, np.float32)
    for j in range(0, row.size, step):
        if row[j] > first[rank - 1]:
            place = rank - 1
            while place > 0 and row[j] > first[place - 1]:
                first[place] = first[place - 1]
                place -= 1
            first[place] = row[j]
    limit: np.float32 = first[rank - 1]
    return limit


@njit(nogil=True, cache=True)
def filter_above(
    row: NDArray[np.float32],
    names: NDArray[np.int32],
    limit: np.float32,
    kept: NDArray[np.float32],
    names_kept: NDArray[np.int32],
) -> int:
    """Write the scores above `limit` and their names; return how many, more than there is room for if so.

    `row` lies in one piece of memory, else it is a `ValueError`.
    """
    if row.size > 1 and row.strides[0] != row.itemsize:
        raise ValueError("the scores of a row must be contiguous")
    n = 0
    for start in range(0, row.size, TOGETHER):
        found = np.uint64(0)
        if start + TOGETHER <= row.size:
            found = exceeding(row, start, limit)
        else:
            for j in range(start, row.size):
                found |= np.uint64(row[j] > limit) << np.uint64(j - start)
        if found and n + TOGETHER > kept.size:
            return kept.size + 1
        while found:
            j = start + ctz(found)
            kept[n], names_kept[n] = row[j], names[j]
            n += names[j] >= 0
            found &= found - np.uint64(1)
    return n


@njit(nogil=True, cache=True)
def _by_heap(
    row: NDArray[np.float32], names: NDArray[np.int32], held: NDArray[np.int32], heap: NDArray[np.float32]
) -> None:
    """Write the k largest scores of a row, largest first, with a heap of k."""
    k = held.size
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


BUCKETS = 256
"""Into which `rank_candidates` sorts scores, to leave most of those out that are not among the k largest."""

COUNTED = 256
"""Keys that are sorted by counting how many are smaller: n² comparisons, but many at once and none mispredicted."""


@njit(nogil=True, cache=True)
def rank_candidates(
    scores: NDArray[np.float32],
    candidates: NDArray[np.int32],
    items: NDArray[np.int32],
    best: NDArray[np.float32],
) -> None:
    """Write the k largest scores of each row as `top_k` does, where k is no small part of the columns.

    `candidates` [n_rows, n_columns] names the item of each score, each item once. Buckets of equal width between the
    least and the largest score are counted from above until they hold k; only what lies in those is sorted, as whole
    numbers made of a score and its item, the better the smaller.
    """
    width, k = scores.shape[1], items.shape[1]
    buckets, counts = np.empty(width, np.int32), np.empty(BUCKETS + 1, np.int32)
    chosen, keys, ranked = np.empty(width, np.int32), np.empty(width, np.uint64), np.empty(width, np.uint64)
    bits, best_bits = scores.view(np.uint32), best.view(np.uint32)
    for q in range(scores.shape[0]):
        _choose_buckets(scores[q], candidates[q], buckets)
        counts[:] = 0
        for j in range(width):
            counts[buckets[j]] += 1
        last, total = 0, counts[0]
        while total < k and last < BUCKETS - 1:
            last += 1
            total += counts[last]
        n = 0
        for j in range(width):
            chosen[n] = j
            n += buckets[j] <= last
        for one in range(n):
            j = chosen[one]
            bit = bits[q, j] if bits[q, j] != _SIGN else np.uint32(0)  # -0 ties with 0
            # Floats are ordered as their bits are, if those below 0 are turned over and the others come after them.
            rising = bit ^ (np.uint32(np.int32(bit) >> 31) | _SIGN)
            keys[one] = np.uint64(~rising) << np.uint64(32) | np.uint64(candidates[q, j])
        if n <= COUNTED:
            for one in range(n):
                key, smaller = keys[one], 0
                for other in range(n):
                    smaller += keys[other] < key
                ranked[smaller] = key
        else:
            ranked[:n] = np.sort(keys[:n])
        taken = min(n, k)
        for place in range(taken):
            rising = ~np.uint32(ranked[place] >> np.uint64(32))
            best_bits[q, place] = rising ^ (~np.uint32(np.int32(rising) >> 31) | _SIGN)
            items[q, place] = np.int32(ranked[place] & np.uint64(0xFFFFFFFF))
        items[q, taken:] = -1
        best[q, taken:] = -np.inf


_SIGN = np.uint32(0x80000000)


@njit(nogil=True, cache=True, error_model="numpy")
def _choose_buckets(scores: NDArray[np.float32], candidates: NDArray[np.int32], buckets: NDArray[np.int32]) -> None:
    """Write each score's bucket, the largest scores' first; `BUCKETS` if it may not be chosen."""
    low, high = np.float32(np.inf), np.float32(-np.inf)
    for j in range(scores.size):
        score = scores[j]
        there = candidates[j] >= 0 and score > -np.inf  # not of NaN either
        low = min(low, score if there else np.float32(np.inf))
        high = max(high, score if there else np.float32(-np.inf))
    scale = np.float32(BUCKETS - 1) / (high - low)
    apart = scale > 0 and scale < np.inf  # else there is one score only, or an infinite one
    for j in range(scores.size):
        score = scores[j]
        there = candidates[j] >= 0 and score > -np.inf
        bucket = np.int32((high - score) * scale) if there and apart else np.int32(0)
        buckets[j] = min(bucket, np.int32(BUCKETS - 1)) if there else np.int32(BUCKETS)


AHEAD = 16
"""Candidates whose rows are on their way while one is summed: a processor alone looks ahead at a few."""


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def inner_products(
    queries: NDArray[np.float32],
    embeddings: NDArray[np.float32],
    candidates: NDArray[np.int32],
    scores: NDArray[np.float32],
) -> None:
    """Write ⟨query, item⟩ of each query's candidates into `scores`; a candidate below 0 gets -inf."""
    width, row_bytes, start = candidates.shape[1], embeddings.strides[0], address(embeddings)
    for q in range(candidates.shape[0]):
        query = queries[q]
        for place in range(width):
            coming = start + row_bytes * candidates[q, min(place + AHEAD, width - 1)]
            for offset in range(0, row_bytes, LINE):
                prefetch(coming + offset)
            item = candidates[q, place]
            if item < 0:
                scores[q, place] = -np.inf
                continue
            row = embeddings[item]
            total = np.float32(0)
            for d in range(query.size):
                total += query[d] * row[d]
            scores[q, place] = total
