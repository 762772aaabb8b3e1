"""Multi-index hashing (Norouzi, Punjani and Fleet, CVPR 2012): exact nearest codes without reading every item.

Codes are cut into m chunks, and a table for each chunk lists the items by their value there. An item within distance
m·a + j of a query differs from it by at most a in one of the chunks 0…j, or by less than a in a later one (pigeonhole).
So a search looks up every chunk's values at distance 0, then those at distance 1, and so on. It stops as soon as it
knows k items within the distance up to which it can't have missed any. What it finds is defined in `hamming_scan`.

No marks of visited items are kept: the code itself tells which bucket was the first to hold it.

The kernels run without the JIT, too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.data.codes import Codes
from hashbench.kernels.item_bits import ItemLists
from hashbench.kernels.memory import address, prefetch
from hashbench.kernels.popcount import hamming

WIDEST = 24
"""Most bits of a chunk: its table has an entry for each value."""

BUCKETS, VISITED = 64, 2048
"""Buckets and items that are prefetched together, so that their delays overlap."""

INSERTION = 8
"""Cost of putting an item among the nearest, in look-ups of items, roughly."""


class ChunkTables(NamedTuple):
    """Codes, and for each of their chunks the items sorted by its value; a tuple, because numba takes no dataclass.

    `words` uint32 or uint64[n_items, n_words] holds one code per row. Chunk j is the bits `bounds[j]:bounds[j + 1]`
    (int64[n_chunks + 1]), and the items that have value v there are `items[j, offsets[at]:offsets[at + 1]]` with
    at = `starts[j]` + v, in ascending order: `starts` int64[n_chunks], `offsets` int32[Σ (2^width + 1)], `items`
    int32[n_chunks, n_items].
    """

    words: NDArray[np.unsignedinteger]
    bounds: NDArray[np.int64]
    starts: NDArray[np.int64]
    offsets: NDArray[np.int32]
    items: NDArray[np.int32]

    @classmethod
    def of(cls, codes: Codes, n_chunks: int) -> ChunkTables:
        """Sort the items by each of `n_chunks` chunks, whose widths differ by at most one bit."""
        words = in_words(codes)
        bounds = np.arange(n_chunks + 1, dtype=np.int64) * codes.n_bits // n_chunks
        ends = np.cumsum((1 << np.diff(bounds)) + 1)
        starts = np.concatenate([[0], ends[:-1]])
        offsets, items = np.zeros(ends[-1], np.int32), np.empty((n_chunks, len(codes)), np.int32)
        for chunk, (start, end) in enumerate(zip(starts, ends, strict=True)):
            _sort(words, bounds[chunk], bounds[chunk + 1], offsets[start:end], items[chunk])
        return cls(words, bounds, starts, offsets, items)

    @property
    def nbytes(self) -> int:
        """Memory of codes and tables."""
        return sum(array.nbytes for array in self)


def chunks_for(n_bits: int, n_items: int) -> int:
    """Return how many chunks have at most, and about, log2(n_items) bits each (the paper's choice), or `WIDEST`."""
    return math.ceil(n_bits / min(max(math.log2(max(n_items, 1)), 1), WIDEST))


def in_words(codes: Codes) -> NDArray[np.unsignedinteger]:
    """Return the codes in machine words, padded with zeros: uint32[n, 1], or uint64[n, n_words] beyond 32 bits."""
    word = np.dtype(np.uint32 if codes.n_bits <= 32 else np.uint64)
    n_words = -(-codes.n_bits // (8 * word.itemsize))
    padded = np.zeros((len(codes), n_words * word.itemsize), np.uint8)
    padded[:, : codes.packed.shape[1]] = codes.packed
    return padded.view(word)


@njit(nogil=True, cache=True)
def _sort(
    words: NDArray[np.unsignedinteger],
    start: int,
    stop: int,
    offsets: NDArray[np.int32],
    items: NDArray[np.int32],
) -> None:
    """Sort the items by bits `start:stop`: a counting sort. `offsets` is zero at first."""
    for item in range(words.shape[0]):
        offsets[np.int64(_bits(words, item, start, stop)) + 1] += 1
    for value in range(1, offsets.size):
        offsets[value] += offsets[value - 1]
    positions = offsets[:-1].copy()
    for item in range(words.shape[0]):
        bits = np.int64(_bits(words, item, start, stop))
        items[positions[bits]] = item
        positions[bits] += 1


@njit(nogil=True, cache=True)
def _bits(words: NDArray[np.unsignedinteger], row: int, start: int, stop: int) -> np.uint64:
    """Return bits `start:stop`, fewer than 64, of a row's code."""
    word_bits = 8 * words.itemsize
    word, shift = start // word_bits, start % word_bits
    value = np.uint64(words[row, word]) >> np.uint64(shift)
    if shift + stop - start > word_bits:
        value |= np.uint64(words[row, word + 1]) << np.uint64(word_bits - shift)
    return value & np.uint64((1 << (stop - start)) - 1)


class _Query(NamedTuple):
    """One query: its code uint[n_words], its chunks' values uint64[n_chunks], and the excluded items, ascending."""

    code: NDArray[np.unsignedinteger]
    chunks: NDArray[np.uint64]
    excluded: NDArray[np.int32]


@njit(nogil=True, cache=True)
def hamming_knn(
    tables: ChunkTables,
    queries: NDArray[np.unsignedinteger],
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    budget: int,
    items: NDArray[np.int32],
    distances: NDArray[np.int32],
    answered: NDArray[np.bool_],
) -> None:
    """Write the k nearest codes of each query, nearest first, ties to the lower item number.

    A query that would take more than `budget` look-ups of buckets and items is abandoned; its rows mean nothing.

    Args:
        tables: the items.
        queries: words [n_queries, n_words] as `in_words` returns them.
        excluded_from: int64[n_queries + 1]; query q leaves out `excluded[excluded_from[q]:excluded_from[q + 1]]`.
        excluded: int32; the items of each query are in ascending order.
        budget: the most look-ups of a query.
        items: int32[n_queries, k], written; -1 where nothing is left.
        distances: int32[n_queries, k], written; -1 where nothing is left.
        answered: bool[n_queries], written: whether the budget sufficed.
    """
    n_items, k = tables.words.shape[0], items.shape[1]
    keys, chunks = np.empty(k, np.int64), np.empty(tables.starts.size, np.uint64)
    buckets, visited = np.empty((BUCKETS, 2), np.int32), np.empty(VISITED, np.int32)
    for q in range(queries.shape[0]):
        query_excluded = excluded[excluded_from[q] : excluded_from[q + 1]]
        for chunk in range(chunks.size):
            chunks[chunk] = _bits(queries, q, tables.bounds[chunk], tables.bounds[chunk + 1])
        n = min(k, n_items - query_excluded.size)
        best = keys[:n]
        answered[q] = _fill(tables, _Query(queries[q], chunks, query_excluded), budget, buckets, visited, best)
        best.sort()
        for rank in range(n):
            items[q, rank] = best[rank] & 0xFFFFFFFF
            distances[q, rank] = best[rank] >> 32
        items[q, n:] = -1
        distances[q, n:] = -1


@njit(nogil=True, cache=True)
def _fill(
    tables: ChunkTables,
    query: _Query,
    budget: int,
    buckets: NDArray[np.int32],
    visited: NDArray[np.int32],
    best: NDArray[np.int64],
) -> bool:
    """Fill `best`, a heap with the worst first, with the smallest keys; return whether the budget sufficed.

    A key is distance · 2³² + item, so keys are ordered as the ranking is.
    """
    best[:] = np.iinfo(np.int64).max
    if best.size == 0:
        return True
    if INSERTION * best.size > budget:
        return False
    work, n_chunks, radius = 0, query.chunks.size, 0
    while True:
        for chunk in range(n_chunks):
            width = tables.bounds[chunk + 1] - tables.bounds[chunk]
            n_values = _choose(width, radius)
            work += n_values
            if work + (n_values * tables.words.shape[0] >> width) > budget:  # the items, if spread evenly
                return False
            items_at = address(tables.items[chunk])
            first, value = tables.starts[chunk], np.int64(query.chunks[chunk])
            n_buckets, flips = 0, np.int64((1 << radius) - 1)
            while flips < 1 << width:
                begin, end = tables.offsets[first + (value ^ flips)], tables.offsets[first + (value ^ flips) + 1]
                work += end - begin
                if work > budget:
                    return False
                prefetch(items_at + begin * tables.items.itemsize)
                buckets[n_buckets] = begin, end
                n_buckets += 1
                if n_buckets == BUCKETS:
                    work += INSERTION * _open(tables, query, radius, chunk, buckets, visited, best)
                    n_buckets = 0
                if radius == 0:
                    break
                flips = _next_with_same_weight(flips)
            work += INSERTION * _open(tables, query, radius, chunk, buckets[:n_buckets], visited, best)
            if best[0] >> 32 <= n_chunks * radius + chunk:  # all items up to this distance are known
                return True
        radius += 1


@njit(nogil=True, cache=True)
def _open(
    tables: ChunkTables,
    query: _Query,
    radius: int,
    chunk: int,
    buckets: NDArray[np.int32],
    visited: NDArray[np.int32],
    best: NDArray[np.int64],
) -> int:
    """Visit the items of buckets, each `begin:end` in the row of a chunk; return how many are among the nearest."""
    n_visited = n_inserted = 0
    words_at, row_bytes = address(tables.words), tables.words.strides[0]
    for bucket in range(buckets.shape[0]):
        for position in range(buckets[bucket, 0], buckets[bucket, 1]):
            item = tables.items[chunk, position]
            prefetch(words_at + item * row_bytes)
            visited[n_visited] = item
            n_visited += 1
            if n_visited == VISITED:
                n_inserted += _insert_nearest(tables, query, radius, chunk, visited, best)
                n_visited = 0
    return n_inserted + _insert_nearest(tables, query, radius, chunk, visited[:n_visited], best)


@njit(nogil=True, cache=True)
def _insert_nearest(
    tables: ChunkTables, query: _Query, radius: int, chunk: int, visited: NDArray[np.int32], best: NDArray[np.int64]
) -> int:
    """Put the visited items that are among the nearest so far into `best`; return how many."""
    words, bounds, n_inserted = tables.words, tables.bounds, 0
    for j in range(visited.size):
        item = visited[j]
        key = (_distance(words, item, query.code) << 32) | np.int64(item)
        if (
            key < best[0]
            and _first_visited(words, item, bounds, query.chunks, radius, chunk)
            and not _contains(query.excluded, item)
        ):
            _replace_worst(best, key)
            n_inserted += 1
    return n_inserted


@njit(nogil=True, cache=True)
def _distance(words: NDArray[np.unsignedinteger], item: int, code: NDArray[np.unsignedinteger]) -> np.int64:
    """Return the Hamming distance of an item."""
    total = np.int64(0)
    for word in range(code.size):
        total += np.int64(hamming(words[item, word], code[word]))
    return total


@njit(nogil=True, cache=True)
def _first_visited(
    words: NDArray[np.unsignedinteger],
    item: int,
    bounds: NDArray[np.int64],
    chunks: NDArray[np.uint64],
    radius: int,
    chunk: int,
) -> bool:
    """Return whether no bucket looked up before those at `radius` of `chunk` holds the item."""
    for other in range(chunks.size):
        distance = np.int64(hamming(_bits(words, item, bounds[other], bounds[other + 1]), chunks[other]))
        if distance < radius or (distance == radius and other < chunk):
            return False
    return True


@njit(nogil=True, cache=True)
def _contains(ascending: NDArray[np.int32], item: int) -> bool:
    position = np.searchsorted(ascending, item)
    return bool(position < ascending.size and ascending[position] == item)


@njit(nogil=True, cache=True)
def _replace_worst(heap: NDArray[np.int64], key: np.int64) -> None:
    """Replace the root, the largest, and restore the heap."""
    parent, child = 0, 1
    while child < heap.size:
        if child + 1 < heap.size and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= key:
            break
        heap[parent] = heap[child]
        parent, child = child, 2 * child + 1
    heap[parent] = key


@njit(nogil=True, cache=True)
def _next_with_same_weight(value: np.int64) -> np.int64:
    """Return the next larger number with the same number of ones (Gosper's hack)."""
    lowest = value & -value
    ripple = value + lowest
    return ripple | (((value ^ ripple) >> 2) // lowest)


@njit(nogil=True, cache=True)
def _choose(n: int, weight: int) -> int:
    """Return how many numbers of n bits have so many ones: the binomial coefficient."""
    ways = 1
    for i in range(weight):
        ways = ways * (n - i) // (i + 1)
    return ways


@njit(nogil=True, cache=True)
def count_at(
    words: NDArray[np.unsignedinteger],
    queries: NDArray[np.unsignedinteger],
    distances: NDArray[np.int64],
    excluded: ItemLists,
    relevant: ItemLists,
    n_total: NDArray[np.int64],
    n_relevant: NDArray[np.int64],
) -> None:
    """Count the items at one distance from each query.

    Args:
        words: of `ChunkTables`.
        queries: words [n_queries, n_words] as `in_words` returns them.
        distances: int64[n_queries].
        excluded: items that `n_total` leaves out.
        relevant: items that `n_relevant` counts.
        n_total: int64[n_queries], written.
        n_relevant: int64[n_queries], written.
    """
    for q in range(queries.shape[0]):
        n_total[q] = n_relevant[q] = 0
        for item in range(words.shape[0]):
            n_total[q] += _distance(words, item, queries[q]) == distances[q]
        for j in range(excluded.starts[q], excluded.starts[q + 1]):
            n_total[q] -= _distance(words, excluded.items[j], queries[q]) == distances[q]
        for j in range(relevant.starts[q], relevant.starts[q + 1]):
            n_relevant[q] += _distance(words, relevant.items[j], queries[q]) == distances[q]
