"""Multi-index hashing (Norouzi, Punjani and Fleet, CVPR 2012): exact nearest codes without looking at every item.

Codes are cut into m chunks, and a table for each chunk says which items have which value there. An item within distance
m·a + j of a query differs from it by at most a in one of the chunks 0…j, or by less than a in a later one (pigeonhole).
So a search looks up every chunk's values at distance 0, then those at distance 1, and so on, and stops as soon as it
knows k items within the distance up to which it cannot have missed any.

No marks of visited items are kept: the code itself tells which bucket was the first to hold it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.data.codes import Codes
from hashbench.kernels.memory import address, prefetch
from hashbench.kernels.popcount import bits_apart

WIDEST = 24
"""Bits of a chunk at most: its table has an entry for each value."""

BUCKETS, MET = 64, 2048
"""Buckets and items that are asked of memory together, so that their delays overlap."""

TAKING = 8
"""Look-ups of items in the time of taking one among the nearest, roughly."""


class ChunkTables(NamedTuple):
    """Codes, and for each chunk of theirs the items sorted by its value; a tuple, as numba takes no dataclass.

    `words` uint32 or uint64[n_items, n_words] holds a code a row. Chunk j is the bits `bounds[j]:bounds[j + 1]`
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
        """Sort the items by each of `n_chunks` chunks, whose widths differ by a bit at most."""
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
        return sum(part.nbytes for part in self)


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
    """Sort the items by bits `start:stop`, counting how many have each value; `offsets` is zero at first."""
    for item in range(words.shape[0]):
        offsets[np.int64(_bits(words, item, start, stop)) + 1] += 1
    for value in range(1, offsets.size):
        offsets[value] += offsets[value - 1]
    places = offsets[:-1].copy()
    for item in range(words.shape[0]):
        bits = np.int64(_bits(words, item, start, stop))
        items[places[bits]] = item
        places[bits] += 1


@njit(nogil=True, cache=True)
def _bits(words: NDArray[np.unsignedinteger], row: int, start: int, stop: int) -> np.uint64:
    """Return bits `start:stop`, fewer than 64, of a row's code."""
    word_bits = 8 * words.itemsize
    word, shift = start // word_bits, start % word_bits
    value = np.uint64(words[row, word]) >> np.uint64(shift)
    if shift + stop - start > word_bits:
        value |= np.uint64(words[row, word + 1]) << np.uint64(word_bits - shift)
    return value & np.uint64((1 << (stop - start)) - 1)


# ------------------------------------------------------------------------------------------------------ search


class _Query(NamedTuple):
    """One query: its code uint[n_words], its chunks' values uint64[n_chunks], the items left out, ascending int32."""

    code: NDArray[np.unsignedinteger]
    chunks: NDArray[np.uint64]
    left_out: NDArray[np.int32]


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

    `queries` [n_queries, n_words] are words as `in_words` gives them. Query q leaves out
    `excluded[excluded_from[q]:excluded_from[q + 1]]`, which is sorted. `items` and `distances` [n_queries, k] are
    written; both are -1 where nothing is left. A query that would take longer than `budget` look-ups of buckets and
    items is given up: `answered` bool[n_queries] says which were not, and the rows of the others mean nothing.
    """
    n_items, k = tables.words.shape[0], items.shape[1]
    keys, chunks = np.empty(k, np.int64), np.empty(tables.starts.size, np.uint64)
    buckets, met = np.empty((BUCKETS, 2), np.int32), np.empty(MET, np.int32)
    for q in range(queries.shape[0]):
        left_out = excluded[excluded_from[q] : excluded_from[q + 1]]
        for chunk in range(chunks.size):
            chunks[chunk] = _bits(queries, q, tables.bounds[chunk], tables.bounds[chunk + 1])
        n = min(k, n_items - left_out.size)
        best = keys[:n]
        answered[q] = _fill(tables, _Query(queries[q], chunks, left_out), budget, buckets, met, best)
        best.sort()
        for place in range(n):
            items[q, place] = best[place] & 0xFFFFFFFF
            distances[q, place] = best[place] >> 32
        items[q, n:] = -1
        distances[q, n:] = -1


@njit(nogil=True, cache=True)
def _fill(
    tables: ChunkTables,
    query: _Query,
    budget: int,
    buckets: NDArray[np.int32],
    met: NDArray[np.int32],
    best: NDArray[np.int64],
) -> bool:
    """Fill `best`, a heap with the worst first, with the least keys (distance, item); say whether the budget sufficed.

    A key is distance · 2³² + item, so that keys are ordered as the ranking is.
    """
    best[:] = np.iinfo(np.int64).max
    if best.size == 0:
        return True
    if TAKING * best.size > budget:
        return False
    work, n_chunks, radius = 0, query.chunks.size, 0
    while True:
        for chunk in range(n_chunks):
            width = tables.bounds[chunk + 1] - tables.bounds[chunk]
            n_values = _choose(width, radius)
            work += n_values
            if work + (n_values * tables.words.shape[0] >> width) > budget:  # so many items, were they spread evenly
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
                    work += TAKING * _open(tables, query, radius, chunk, buckets, met, best)
                    n_buckets = 0
                if radius == 0:
                    break
                flips = _next_of_as_many_ones(flips)
            work += TAKING * _open(tables, query, radius, chunk, buckets[:n_buckets], met, best)
            if best[0] >> 32 <= n_chunks * radius + chunk:  # up to this distance all are known
                return True
        radius += 1


@njit(nogil=True, cache=True)
def _open(
    tables: ChunkTables,
    query: _Query,
    radius: int,
    chunk: int,
    buckets: NDArray[np.int32],
    met: NDArray[np.int32],
    best: NDArray[np.int64],
) -> int:
    """Look at the items of buckets, `begin:end` in a chunk's row of the table; return how many were taken."""
    n_met = taken = 0
    words_at, row_bytes = address(tables.words), tables.words.strides[0]
    for bucket in range(buckets.shape[0]):
        for place in range(buckets[bucket, 0], buckets[bucket, 1]):
            item = tables.items[chunk, place]
            prefetch(words_at + item * row_bytes)
            met[n_met] = item
            n_met += 1
            if n_met == MET:
                taken += _look_at(tables, query, radius, chunk, met, best)
                n_met = 0
    return taken + _look_at(tables, query, radius, chunk, met[:n_met], best)


@njit(nogil=True, cache=True)
def _look_at(
    tables: ChunkTables, query: _Query, radius: int, chunk: int, met: NDArray[np.int32], best: NDArray[np.int64]
) -> int:
    """Put those of the items met that are among the nearest so far into `best`; return how many."""
    words, bounds, taken = tables.words, tables.bounds, 0
    for place in range(met.size):
        item = met[place]
        key = (_hamming(words, item, query.code) << 32) | np.int64(item)
        if (
            key < best[0]
            and _first_met(words, item, bounds, query.chunks, radius, chunk)
            and not _among(query.left_out, item)
        ):
            _replace_worst(best, key)
            taken += 1
    return taken


@njit(nogil=True, cache=True)
def _hamming(words: NDArray[np.unsignedinteger], item: int, code: NDArray[np.unsignedinteger]) -> np.int64:
    """Return the Hamming distance of an item."""
    total = np.int64(0)
    for word in range(code.size):
        total += np.int64(bits_apart(words[item, word], code[word]))
    return total


@njit(nogil=True, cache=True)
def _first_met(
    words: NDArray[np.unsignedinteger],
    item: int,
    bounds: NDArray[np.int64],
    chunks: NDArray[np.uint64],
    radius: int,
    chunk: int,
) -> bool:
    """Say whether no bucket looked up before those at `radius` of `chunk` holds the item."""
    for other in range(chunks.size):
        apart = np.int64(bits_apart(_bits(words, item, bounds[other], bounds[other + 1]), chunks[other]))
        if apart < radius or (apart == radius and other < chunk):
            return False
    return True


@njit(nogil=True, cache=True)
def _among(ascending: NDArray[np.int32], item: int) -> bool:
    place = np.searchsorted(ascending, item)
    return bool(place < ascending.size and ascending[place] == item)


@njit(nogil=True, cache=True)
def _replace_worst(heap: NDArray[np.int64], key: np.int64) -> None:
    """Replace the root, the largest, and restore the heap."""
    place, child = 0, 1
    while child < heap.size:
        if child + 1 < heap.size and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= key:
            break
        heap[place] = heap[child]
        place, child = child, 2 * child + 1
    heap[place] = key


@njit(nogil=True, cache=True)
def _next_of_as_many_ones(value: np.int64) -> np.int64:
    """Return the next larger number with as many ones (Gosper's hack)."""
    lowest = value & -value
    ripple = value + lowest
    return ripple | (((value ^ ripple) >> 2) // lowest)


@njit(nogil=True, cache=True)
def _choose(n: int, ones: int) -> int:
    """Return how many numbers of n bits have so many ones."""
    ways = 1
    for one in range(ones):
        ways = ways * (n - one) // (one + 1)
    return ways


# -------------------------------------------------------------------------------------------------------- ties


@njit(nogil=True, cache=True)
def count_at(
    words: NDArray[np.unsignedinteger],
    queries: NDArray[np.unsignedinteger],
    distances: NDArray[np.int64],
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    relevant_from: NDArray[np.int64],
    relevant: NDArray[np.int32],
    counts: NDArray[np.int64],
    found: NDArray[np.int64],
) -> None:
    """Count the items at exactly `distances` int64[n_queries] from each query.

    Into `counts` int64[n_queries] go all but the excluded ones, into `found` those in the query's row of `relevant`.
    """
    for q in range(queries.shape[0]):
        counts[q] = found[q] = 0
        for item in range(words.shape[0]):
            counts[q] += _hamming(words, item, queries[q]) == distances[q]
        for place in range(excluded_from[q], excluded_from[q + 1]):
            counts[q] -= _hamming(words, excluded[place], queries[q]) == distances[q]
        for place in range(relevant_from[q], relevant_from[q + 1]):
            found[q] += _hamming(words, relevant[place], queries[q]) == distances[q]
