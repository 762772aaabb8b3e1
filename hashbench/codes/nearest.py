"""The exact k nearest codes by Hamming distance: a scan of bit planes that skips what is too far and counts radii.

For each query the kernel keeps `limit`, the distance below which an item still can be among the k nearest: at the
start all, and as soon as k items nearer than `limit` are known, less. Of a few hundred items at a time bit-sliced
arithmetic tells which are below the limit, mostly none. Items come in their order, so an item at the limit loses its
tie to those before it, and no sorting by item is needed. Several queries share one pass over a tile while it lies in
the cache.

The GIL is released, so threads may share a batch of queries.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.codes.bit_planes import BitPlanes
from hashbench.codes.bit_sliced import STEP, address, any_nearer, levels_for
from hashbench.codes.packed import Codes
from hashbench.codes.popcount import count_ones, lowest_one


def nearest_codes(
    planes: BitPlanes,
    queries: Codes,
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    items: NDArray[np.int32],
    distances: NDArray[np.int32],
) -> None:
    """Write the k nearest codes of each query, nearest first, ties to the lower item number.

    Query q leaves out `excluded[excluded_from[q]:excluded_from[q + 1]]`, which is sorted. `items` and `distances`
    [n_queries, k] are written; both are -1 where nothing is left.
    """
    if items.size:
        levels = levels_for(planes.n_bits, planes.n_sums)
        _nearest(
            planes.tiles,
            planes.n_items,
            planes.n_bits,
            levels,
            queries.packed,
            excluded_from,
            excluded,
            items,
            distances,
        )


def count_at(
    planes: BitPlanes,
    queries: Codes,
    distances: NDArray[np.int64],
    listed_from: NDArray[np.int64],
    listed: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the codes at `distances` [n_queries] from each query: all, and those of a list; none lie at one below 0.

    Query q has the list `listed[listed_from[q]:listed_from[q + 1]]`, which is sorted.
    """
    everywhere, there = np.zeros((2, len(queries)), np.int64)
    levels = levels_for(planes.n_bits, planes.n_sums)
    _count_at(
        planes.tiles,
        planes.n_items,
        planes.n_bits,
        levels,
        queries.packed,
        distances,
        listed_from,
        listed,
        everywhere,
        there,
    )
    return everywhere, there


@njit(nogil=True, cache=True)
def _nearest(
    tiles: NDArray[np.uint64],
    n_items: int,
    n_bits: int,
    levels: int,
    queries: NDArray[np.uint8],
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    items: NDArray[np.int32],
    distances: NDArray[np.int32],
) -> None:
    n_queries, k = items.shape
    rows, n_rows, ones, excess = _choose_rows(queries, n_bits, tiles.shape[1] - n_bits, tiles.shape[2])
    # No more than k items at any one distance are ever taken.
    capacity = min(n_items, k * (n_bits + 1))
    found, found_at = np.empty((n_queries, capacity), np.int32), np.empty((n_queries, capacity), np.uint16)
    n_found = np.zeros(n_queries, np.int64)
    at = np.zeros((n_queries, n_bits + 1), np.int64)
    bounds, totals = np.empty((n_queries, levels), np.uint64), np.empty((levels, STEP), np.uint64)
    below, nearer = np.empty(STEP, np.uint64), np.zeros(n_queries, np.int64)
    _scan(
        tiles,
        n_items,
        k,
        rows,
        n_rows,
        ones,
        excess,
        excluded_from,
        excluded,
        bounds,
        totals,
        below,
        nearer,
        found,
        found_at,
        n_found,
        at,
    )
    first_at = np.empty(n_bits + 2, np.int64)
    for q in range(n_queries):
        first_at[0] = 0
        for radius in range(n_bits + 1):
            first_at[radius + 1] = first_at[radius] + at[q, radius]
        total = min(first_at[n_bits + 1], k)
        items[q, total:] = -1
        distances[q, total:] = -1
        for one in range(n_found[q]):
            distance = found_at[q, one]
            place = first_at[distance]
            if place < k:
                items[q, place] = found[q, one]
                distances[q, place] = distance
                first_at[distance] = place + 1


@njit(nogil=True, cache=True)
def _scan(
    tiles: NDArray[np.uint64],
    n_items: int,
    k: int,
    rows: NDArray[np.int64],
    n_rows: NDArray[np.int64],
    ones: NDArray[np.bool_],
    excess: NDArray[np.int64],
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    bounds: NDArray[np.uint64],
    totals: NDArray[np.uint64],
    below: NDArray[np.uint64],
    nearer: NDArray[np.int64],
    found: NDArray[np.int32],
    found_at: NDArray[np.uint16],
    n_found: NDArray[np.int64],
    at: NDArray[np.int64],
) -> None:
    """Append to `found` what may be among the k nearest, in the items' order, and count it in `at` by distance.

    `nearer` [n_queries] counts how many of those found lie below the limit. The arrays that `any_nearer` takes by
    their addresses are the caller's.
    """
    n_queries, n_bits = rows.shape
    n_sums, words, levels = tiles.shape[1] - n_bits, tiles.shape[2], totals.shape[0]
    limits = np.full(n_queries, n_bits + 1)
    places = excluded_from[:-1].copy()
    tiles_at, totals_at, below_at = address(tiles), address(totals), address(below)
    rows_at, bounds_at = address(rows), address(bounds)
    if tiles.shape[0]:
        first_totals, left_in = np.empty((words // STEP, levels, STEP), np.uint64), np.empty(words, np.uint64)
        first_at = address(first_totals)
        for q in range(n_queries):
            for word in range(0, words, STEP):
                bounds[q] = ~np.uint64(0)
                any_nearer(
                    tiles_at + 8 * word,
                    words,
                    n_bits,
                    n_sums,
                    rows_at + 8 * q * n_bits,
                    n_rows[q],
                    ones[q],
                    levels,
                    bounds_at + 8 * q * levels,
                    first_at + 8 * levels * word,
                    below_at,
                )
            for word in range(words):
                there = min(n_items - 64 * word, 64)
                left_in[word] = ~np.uint64(0) >> np.uint64(64 - there) if there > 0 else np.uint64(0)
            _leave_out(excluded, excluded_from[q], excluded_from[q + 1], 0, left_in)
            kth = _kth_total(first_totals, left_in, k)
            if kth >= 0:
                limits[q] = kth - excess[q] + 1
            _write_bound(limits[q] + excess[q], bounds[q])
    for tile in range(tiles.shape[0]):
        for q in range(n_queries):
            query, length, value, bound = rows_at + 8 * q * n_bits, n_rows[q], ones[q], bounds_at + 8 * q * levels
            for word in range(0, words, STEP):
                step = tiles_at + 8 * (tile * tiles.shape[1] * words + word)
                if not any_nearer(
                    step, words, n_bits, n_sums, query, length, value, levels, bound, totals_at, below_at
                ):
                    continue
                start = (tile * words + word) * 64
                places[q] = _leave_out(excluded, places[q], excluded_from[q + 1], start, below)
                limit, taken, n_nearer = limits[q], n_found[q], nearer[q]
                for w in range(STEP):
                    left = below[w]
                    while left:
                        bit = lowest_one(left)
                        left &= left - np.uint64(1)
                        item, distance = start + 64 * w + bit, _total(totals, w, bit) - excess[q]
                        if distance >= limit or item >= n_items:
                            continue
                        found[q, taken], found_at[q, taken] = item, distance
                        taken += 1
                        at[q, distance] += 1
                        n_nearer += 1
                        while n_nearer >= k:
                            limit -= 1
                            n_nearer -= at[q, limit]
                n_found[q], nearer[q] = taken, n_nearer
                if limit < limits[q]:
                    limits[q] = limit
                    _write_bound(limit + excess[q], bounds[q])


@njit(nogil=True, cache=True)
def _count_at(
    tiles: NDArray[np.uint64],
    n_items: int,
    n_bits: int,
    levels: int,
    queries: NDArray[np.uint8],
    distances: NDArray[np.int64],
    listed_from: NDArray[np.int64],
    listed: NDArray[np.int32],
    everywhere: NDArray[np.int64],
    there: NDArray[np.int64],
) -> None:
    n_sums, words = tiles.shape[1] - n_bits, tiles.shape[2]
    rows, n_rows, ones, excess = _choose_rows(queries, n_bits, n_sums, words)
    places = listed_from[:-1].copy()
    bounds = np.empty((2, queries.shape[0], levels), np.uint64)
    for q in range(queries.shape[0]):
        _write_bound(distances[q] + excess[q] + 1, bounds[0, q])
        _write_bound(distances[q] + excess[q], bounds[1, q])
    totals, at, nearer = np.empty((levels, STEP), np.uint64), np.empty(STEP, np.uint64), np.empty(STEP, np.uint64)
    _count(
        tiles,
        n_items,
        distances,
        rows,
        n_rows,
        ones,
        bounds,
        totals,
        at,
        nearer,
        places,
        listed_from,
        listed,
        everywhere,
        there,
    )
    there += everywhere


@njit(nogil=True, cache=True)
def _count(
    tiles: NDArray[np.uint64],
    n_items: int,
    distances: NDArray[np.int64],
    rows: NDArray[np.int64],
    n_rows: NDArray[np.int64],
    ones: NDArray[np.bool_],
    bounds: NDArray[np.uint64],
    totals: NDArray[np.uint64],
    at: NDArray[np.uint64],
    nearer: NDArray[np.uint64],
    places: NDArray[np.int64],
    listed_from: NDArray[np.int64],
    listed: NDArray[np.int32],
    everywhere: NDArray[np.int64],
    there: NDArray[np.int64],
) -> None:
    """Add to `everywhere` the items at the distance, and take from `there` those of them that are not listed."""
    n_bits = rows.shape[1]
    n_sums, words, levels = tiles.shape[1] - n_bits, tiles.shape[2], totals.shape[0]
    tiles_at, totals_at, at_at, nearer_at = address(tiles), address(totals), address(at), address(nearer)
    rows_at, within_at = address(rows), address(bounds)
    below_at = within_at + 8 * rows.shape[0] * levels
    for tile in range(tiles.shape[0]):
        for q in range(rows.shape[0]):
            if distances[q] < 0:
                continue
            query, length, value, own = rows_at + 8 * q * n_bits, n_rows[q], ones[q], 8 * q * levels
            for word in range(0, words, STEP):
                step = tiles_at + 8 * (tile * tiles.shape[1] * words + word)
                if not any_nearer(
                    step, words, n_bits, n_sums, query, length, value, levels, within_at + own, totals_at, at_at
                ):
                    continue
                if any_nearer(
                    step, words, n_bits, n_sums, query, length, value, levels, below_at + own, totals_at, nearer_at
                ):
                    at &= ~nearer
                start = (tile * words + word) * 64
                for w in range(STEP):
                    beyond = start + 64 * (w + 1) - n_items
                    if beyond > 0:
                        at[w] = at[w] & ~np.uint64(0) >> np.uint64(beyond) if beyond < 64 else np.uint64(0)
                    everywhere[q] += count_ones(at[w])
                places[q] = _leave_out(listed, places[q], listed_from[q + 1], start, at)
                for w in range(STEP):
                    there[q] -= count_ones(at[w])


@njit(nogil=True, cache=True)
def _kth_total(totals: NDArray[np.uint64], items: NDArray[np.uint64], k: int) -> int:
    """Return the k-th smallest of the totals of `items`, bit by bit from the highest; -1 if they are fewer.

    `totals` uint64[n_steps, levels, STEP]; `items` uint64[n_steps * STEP] has a bit an item, and is overwritten.
    """
    n = 0
    for word in range(items.size):
        n += count_ones(items[word])
    if n < k:
        return -1
    total, left = 0, k
    for level in range(totals.shape[1] - 1, -1, -1):
        n = 0
        for step in range(totals.shape[0]):
            for w in range(STEP):
                n += count_ones(items[step * STEP + w] & ~totals[step, level, w])
        flip = np.uint64(0)
        if n < left:
            total |= 1 << level
            left -= n
        else:
            flip = ~flip
        for step in range(totals.shape[0]):
            for w in range(STEP):
                items[step * STEP + w] &= totals[step, level, w] ^ flip
    return total


@njit(nogil=True, cache=True)
def _choose_rows(
    queries: NDArray[np.uint8], n_bits: int, n_sums: int, words: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """Return where the rows of each query's rarer value begin [n_queries, n_bits], how many, which, and the excess.

    The excess is what the totals of `any_nearer` exceed the distance by.
    """
    n_queries = queries.shape[0]
    rows = np.empty((n_queries, n_bits), np.int64)
    n_rows, excess, ones = np.empty(n_queries, np.int64), np.empty(n_queries, np.int64), np.empty(n_queries, np.bool_)
    for q in range(n_queries):
        n_ones = 0
        for bit in range(n_bits):
            n_ones += queries[q, bit >> 3] >> (bit & 7) & 1
        ones[q] = 2 * n_ones <= n_bits
        excess[q] = n_ones if ones[q] else (1 << n_sums) - 1 - n_ones
        chosen = 0
        for bit in range(n_bits):
            if (queries[q, bit >> 3] >> (bit & 7) & 1) == ones[q]:
                rows[q, chosen] = bit * words
                chosen += 1
        n_rows[q] = chosen
    return rows, n_rows, ones, excess


@njit(nogil=True, inline="always")
def _write_bound(total: int, bound: NDArray[np.uint64]) -> None:
    """Write the binary places of `total`, each a word of zeros or of ones."""
    for level in range(bound.size):
        bound[level] = -(total >> level & 1)


@njit(nogil=True, inline="always")
def _leave_out(excluded: NDArray[np.int32], place: int, end: int, start: int, items: NDArray[np.uint64]) -> int:
    """Clear the bits of excluded items in the words that begin with item `start`; return the place after them."""
    stop = start + 64 * items.size
    while place < end and excluded[place] < stop:
        apart = excluded[place] - start
        if apart >= 0:
            items[apart >> 6] &= ~(np.uint64(1) << np.uint64(apart & 63))
        place += 1
    return place


@njit(nogil=True, inline="always")
def _total(totals: NDArray[np.uint64], word: int, bit: int) -> np.int64:
    """Put the places of one item's total together."""
    total = np.uint64(0)
    for level in range(totals.shape[0]):
        total |= (totals[level, word] >> np.uint64(bit) & np.uint64(1)) << np.uint64(level)
    return np.int64(total)
