"""Float kernels in numba: inner products, and the k largest of them.

By definition, for scores float32[n] and the item numbers `names` [n] that belong to them:

>>> import numpy as np
>>> def largest(scores, names, k):
...     allowed = (names >= 0) & (scores > -np.inf)  # NaN is never chosen
...     ranking = np.lexsort((names, -scores))  # by score, then by item
...     return ranking[allowed[ranking]][:k]

The GIL is released, so threads may share a batch. The kernels run without the JIT, too.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.aligned import LINE
from hashbench.kernels.compare_llvm import WIDTH, exceeding
from hashbench.kernels.memory import address, prefetch
from hashbench.kernels.popcount import ctz


@njit(nogil=True, cache=True)
def top_k(
    scores: NDArray[np.float32], numbers: NDArray[np.int32], items: NDArray[np.int32], best: NDArray[np.float32]
) -> None:
    """Write the k largest scores of each row, largest first.

    A sample suggests a score that k scores and not many more are likely to exceed, and those that do are ranked. There
    may be fewer after all, or too many, as where scores tie. Then a heap of size k goes through the row, as it does for
    a k below `FEW`. If k is more than a quarter of the row, the whole row is ranked.

    Args:
        scores: float32[n_rows, n_columns], each row contiguous; -inf and NaN are never chosen.
        numbers: int32[n_rows or 1, n_columns], the item of each score, negative for none.
        items: int32[n_rows, k], written; -1 where nothing is left.
        best: float32[n_rows, k], written; -inf where nothing is left.
    """
    if not items.size:
        return
    k, width = items.shape[1], scores.shape[1]
    capacity = 4 * k + SAMPLE
    kept, kept_names = np.empty(capacity, np.float32), np.empty(capacity, np.int32)
    for q in range(scores.shape[0]):
        row, names_row = slice(q, q + 1), q if numbers.shape[0] > 1 else 0
        names = slice(names_row, names_row + 1)
        if k >= FEW and width // 4 < k:
            rank_candidates(scores[row], numbers[names], items[row], best[row])
            continue
        limit = _likely_limit(scores[q], k) if k >= FEW else np.float32(-np.inf)
        n = filter_above(scores[q], numbers[names_row], limit, kept, kept_names) if limit > -np.inf else 0
        if k <= n <= capacity:
            rank_candidates(kept[:n].reshape(1, n), kept_names[:n].reshape(1, n), items[row], best[row])
        else:
            _by_heap(scores[q], numbers[names_row], items[q], best[q])


FEW = 8
"""Below this k only a heap is used: few scores ever enter it."""

SAMPLE = 512
"""Scores of a row that are sampled; more if the k largest would otherwise not be represented."""


@njit(nogil=True, cache=True)
def _likely_limit(row: NDArray[np.float32], k: int) -> np.float32:
    """Return a score that k of the row and not many more likely exceed, by a sample; -inf if that is unknown."""
    step = max(4, min(row.size // SAMPLE, k // 4))
    expected = k / step  # of the k largest in the sample; the deviation is the square root of it
    rank = int(np.ceil(expected + 3 * np.sqrt(expected))) + 1
    first = np.full(rank, -np.inf, np.float32)
    for j in range(0, row.size, step):
        if row[j] > first[rank - 1]:
            insert_at = rank - 1
            while insert_at > 0 and row[j] > first[insert_at - 1]:
                first[insert_at] = first[insert_at - 1]
                insert_at -= 1
            first[insert_at] = row[j]
    limit: np.float32 = first[rank - 1]
    return limit


@njit(nogil=True, cache=True)
def filter_above(
    row: NDArray[np.float32],
    names: NDArray[np.int32],
    limit: np.float32,
    kept: NDArray[np.float32],
    kept_names: NDArray[np.int32],
) -> int:
    """Write the scores above `limit` and their names.

    Returns how many there are, or a number beyond `kept.size` if they might not fit.

    Raises:
        ValueError: `row` is not contiguous.
    """
    if row.size > 1 and row.strides[0] != row.itemsize:
        raise ValueError("the scores of a row must be contiguous")
    n = 0
    for start in range(0, row.size, WIDTH):
        above = np.uint64(0)
        if start + WIDTH <= row.size:
            above = exceeding(row, start, limit)
        else:
            for j in range(start, row.size):
                above |= np.uint64(row[j] > limit) << np.uint64(j - start)
        if above and n + WIDTH > kept.size:
            return kept.size + 1
        while above:
            j = start + ctz(above)
            kept[n], kept_names[n] = row[j], names[j]
            n += names[j] >= 0
            above &= above - np.uint64(1)
    return n


@njit(nogil=True, cache=True)
def _by_heap(
    row: NDArray[np.float32], names: NDArray[np.int32], heap_names: NDArray[np.int32], heap: NDArray[np.float32]
) -> None:
    """Write the k largest scores of a row, largest first, with a heap of size k."""
    k = heap_names.size
    heap[:] = -np.inf
    heap_names[:] = -1
    for j in range(row.size):
        score, name = row[j], names[j]
        if name >= 0 and (score > heap[0] or (score == heap[0] and score > -np.inf and name < heap_names[0])):
            _replace_root(heap, heap_names, k, score, name)
    # Heap sort: the worst goes last, again and again.
    for last in range(k - 1, 0, -1):
        score, name = heap[last], heap_names[last]
        heap[last], heap_names[last] = heap[0], heap_names[0]
        _replace_root(heap, heap_names, last, score, name)


@njit(nogil=True, cache=True)
def _replace_root(
    heap: NDArray[np.float32], names: NDArray[np.int32], size: int, score: np.float32, name: np.int32
) -> None:
    """Replace the root, which is the worst of the first `size` entries, and restore the heap."""
    parent = 0
    while True:
        child = 2 * parent + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (heap[other] < heap[child] or (heap[other] == heap[child] and names[other] > names[child])):
            child = other
        if heap[child] > score or (heap[child] == score and names[child] <= name):
            break
        heap[parent], names[parent] = heap[child], names[child]
        parent = child
    heap[parent], names[parent] = score, name


BUCKETS = 256
"""Buckets of scores in `rank_candidates`: most scores that are not among the k largest are left out by them."""

COUNTED = 256
"""At most so many keys are sorted by counting the smaller ones: n² comparisons, but many at once, none mispredicted."""


@njit(nogil=True, cache=True)
def rank_candidates(
    scores: NDArray[np.float32],
    candidates: NDArray[np.int32],
    items: NDArray[np.int32],
    best: NDArray[np.float32],
) -> None:
    """Write the k largest scores of each row as `top_k` does, where k is a large part of the columns.

    Buckets of equal width between the least and the largest score are counted from above until they hold k. Only what
    lies in those is sorted, as integers made of a score and its item, the better the smaller. `candidates` [n_rows,
    n_columns] are the items of the scores, each item once.
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
        for i in range(n):
            j = chosen[i]
            bit = bits[q, j] if bits[q, j] != _SIGN else np.uint32(0)  # -0 ties with 0
            # Floats are ordered as their bits are, if those below 0 are inverted and the others come after them.
            rising = bit ^ (np.uint32(np.int32(bit) >> 31) | _SIGN)
            keys[i] = np.uint64(~rising) << np.uint64(32) | np.uint64(candidates[q, j])
        if n <= COUNTED:
            for i in range(n):
                key, n_smaller = keys[i], 0
                for other in range(n):
                    n_smaller += keys[other] < key
                ranked[n_smaller] = key
        else:
            ranked[:n] = np.sort(keys[:n])
        n_ranked = min(n, k)
        for rank in range(n_ranked):
            rising = ~np.uint32(ranked[rank] >> np.uint64(32))
            best_bits[q, rank] = rising ^ (~np.uint32(np.int32(rising) >> 31) | _SIGN)
            items[q, rank] = np.int32(ranked[rank] & np.uint64(0xFFFFFFFF))
        items[q, n_ranked:] = -1
        best[q, n_ranked:] = -np.inf


_SIGN = np.uint32(0x80000000)


@njit(nogil=True, cache=True, error_model="numpy")
def _choose_buckets(scores: NDArray[np.float32], candidates: NDArray[np.int32], buckets: NDArray[np.int32]) -> None:
    """Write each score's bucket, the largest scores' first; `BUCKETS` if it may not be chosen."""
    low, high = np.float32(np.inf), np.float32(-np.inf)
    for j in range(scores.size):
        score = scores[j]
        allowed = candidates[j] >= 0 and score > -np.inf  # not NaN either
        low = min(low, score if allowed else np.float32(np.inf))
        high = max(high, score if allowed else np.float32(-np.inf))
    scale = np.float32(BUCKETS - 1) / (high - low)
    differ = scale > 0 and scale < np.inf  # else all scores are equal, or one is infinite
    for j in range(scores.size):
        score = scores[j]
        allowed = candidates[j] >= 0 and score > -np.inf
        bucket = np.int32((high - score) * scale) if allowed and differ else np.int32(0)
        buckets[j] = min(bucket, np.int32(BUCKETS - 1)) if allowed else np.int32(BUCKETS)


AHEAD = 16
"""Candidates whose rows are prefetched while one is summed. A processor alone looks only a few ahead."""


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def inner_products(
    queries: NDArray[np.float32],
    embeddings: NDArray[np.float32],
    candidates: NDArray[np.int32],
    scores: NDArray[np.float32],
) -> None:
    """Write ⟨query, item⟩ of each query's candidates into `scores`.

    Args:
        queries: float32[n_queries, d].
        embeddings: float32[n_items, d].
        candidates: items int32[n_queries, n_columns], negative for none.
        scores: float32[n_queries, n_columns], written; -inf for no item.
    """
    width, row_bytes, start = candidates.shape[1], embeddings.strides[0], address(embeddings)
    for q in range(candidates.shape[0]):
        query = queries[q]
        for column in range(width):
            coming = start + row_bytes * candidates[q, min(column + AHEAD, width - 1)]
            for offset in range(0, row_bytes, LINE):
                prefetch(coming + offset)
            item = candidates[q, column]
            if item < 0:
                scores[q, column] = -np.inf
                continue
            row = embeddings[item]
            total = np.float32(0)
            for d in range(query.size):
                total += query[d] * row[d]
            scores[q, column] = total
