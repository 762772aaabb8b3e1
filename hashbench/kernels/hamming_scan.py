"""The exact k nearest codes by Hamming distance: a scan of bit planes that skips what is too far and counts radii.

Of a small catalogue all distances are taken, and the k nearest chosen from them bit by bit. In a larger one the kernel
keeps for each query `limit`, the distance below which an item still can be among the k nearest. It starts just above
the k-th distance among the first items, and falls as soon as k items nearer than it are known. Of a few hundred items
at a time bit-sliced arithmetic tells which are below the limit, mostly none. Items come in their order, so an item at
the limit loses its tie to those before it, and no sorting by item is needed. Several queries share one pass over a tile
while it lies in the cache.

The GIL is released, so threads may share a batch of queries.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.data.codes import Codes
from hashbench.kernels.bit_planes import BitPlanes
from hashbench.kernels.bit_sliced_llvm import STEP, any_nearer, count_zeros, part
from hashbench.kernels.memory import address
from hashbench.kernels.popcount import ctz, popcount


def hamming_knn(
    planes: BitPlanes,
    queries: Codes,
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    items: NDArray[np.int32],
    scores: NDArray[np.float32] | None = None,
) -> None:
    """Write the k nearest codes of each query, nearest first, ties to the lower item number.

    Query q leaves out `excluded[excluded_from[q]:excluded_from[q + 1]]`, which is sorted. `items` and `scores`
    [n_queries, k] are written: a score is the distance negated; -1 and -inf where nothing is left. Without `scores`
    the same items come in any order, which takes less time.

    Raises:
        ValueError: Queries have another length than items, or the arrays another number of rows than there are queries.
    """
    ranked = scores is not None
    if scores is None:
        scores = np.empty((len(items), 0), np.float32)
    _check(planes, queries, excluded_from.size - 1, len(items), len(scores))
    if items.size:
        _nearest(
            planes.tiles,
            planes.n_items,
            planes.n_bits,
            planes.levels,
            queries.packed,
            excluded_from,
            excluded,
            _tiles_sampled(planes, items.shape[1]),
            ranked,
            items,
            scores,
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

    Raises:
        ValueError: Queries have another length than items, or the arrays another number of rows than there are queries.
    """
    _check(planes, queries, listed_from.size - 1, len(distances))
    n_total, n_listed = np.zeros((2, len(queries)), np.int64)
    n_items, n_bits, levels = planes.n_items, planes.n_bits, planes.levels
    _count_at(planes.tiles, n_items, n_bits, levels, queries.packed, distances, listed_from, listed, n_total, n_listed)
    return n_total, n_listed


def _check(planes: BitPlanes, queries: Codes, *rows: int) -> None:
    """Numba reads and writes beyond the end of arrays: lengths are looked at here."""
    if queries.n_bits != planes.n_bits:
        raise ValueError(f"queries of {queries.n_bits} bits do not fit items of {planes.n_bits}")
    n_queries = len(queries)
    if rows.count(n_queries) < len(rows):
        raise ValueError(f"{n_queries} queries need as many rows in each array, got {rows}")


SMALL = 1 << 16
"""Items that are all sampled: to choose from all their distances takes less time than a limit that falls."""

SAMPLED = 80
"""Of more items, those in whose distances the first limit is looked for, to each of the k: of fewer it is too high."""


def _tiles_sampled(planes: BitPlanes, k: int) -> int:
    n_tiles, _, words = planes.tiles.shape
    small = planes.n_items <= max(SMALL, SAMPLED * k)
    return int(n_tiles if small else 1 + SAMPLED * k // (64 * words))


class _Chosen(NamedTuple):
    """What of the planes each query needs; a tuple, as numba takes no dataclass.

    `rows` int64[n_queries, n_bits] says where the rows begin in which the query has its rarer value, in words from the
    tile's first, and `n_rows` how many there are; `over_ones` whether that value is 1. Totals of `any_nearer` exceed
    distances by `excess`.
    """

    rows: NDArray[np.int64]
    n_rows: NDArray[np.int64]
    over_ones: NDArray[np.bool_]
    excess: NDArray[np.int64]


@njit(nogil=True, cache=True)
def _choose_rows(queries: NDArray[np.uint8], n_bits: int, n_sums: int, words: int) -> _Chosen:
    n_queries = queries.shape[0]
    rows, n_rows = np.empty((n_queries, n_bits), np.int64), np.empty(n_queries, np.int64)
    over_ones, excess = np.empty(n_queries, np.bool_), np.empty(n_queries, np.int64)
    for q in range(n_queries):
        n_ones = 0
        for bit in range(n_bits):
            n_ones += queries[q, bit >> 3] >> (bit & 7) & 1
        over_ones[q] = 2 * n_ones <= n_bits
        excess[q] = n_ones if over_ones[q] else (1 << n_sums) - 1 - n_ones
        taken = 0
        for bit in range(n_bits):
            if (queries[q, bit >> 3] >> (bit & 7) & 1) == over_ones[q]:
                rows[q, taken] = bit * words
                taken += 1
        n_rows[q] = taken
    return _Chosen(rows, n_rows, over_ones, excess)


# ------------------------------------------------------------------------------------------------------ search


@njit(nogil=True, cache=True)
def _nearest(
    tiles: NDArray[np.uint64],
    n_items: int,
    n_bits: int,
    levels: int,
    queries: NDArray[np.uint8],
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    n_sampled: int,
    ranked: bool,
    items: NDArray[np.int32],
    scores: NDArray[np.float32],
) -> None:
    """Do the work of `hamming_knn`; the distances in `n_sampled` tiles are taken first."""
    n_queries, k = items.shape
    chosen = _choose_rows(queries, n_bits, tiles.shape[1] - n_bits, tiles.shape[2])
    # No more than k items at any one distance are ever taken; from a sample that is all, no more than k.
    capacity = (k if n_sampled == tiles.shape[0] else min(n_items, k * (n_bits + 1))) + SPARE
    found, found_at = np.empty((n_queries, capacity), np.int32), np.empty((n_queries, capacity), np.uint16)
    n_found, n_at = np.zeros(n_queries, np.int64), np.zeros((n_queries, n_bits + 1), np.int64)
    bounds, totals = np.empty((n_queries, levels), np.uint64), np.empty((1, levels, STEP), np.uint64)
    sample = np.empty((n_sampled * tiles.shape[2] // STEP, levels, STEP), np.uint64)
    below = np.empty(STEP, np.uint64)
    _scan(
        tiles,
        n_items,
        k,
        ranked,
        chosen,
        excluded_from,
        excluded,
        bounds,
        totals,
        below,
        sample,
        found,
        found_at,
        n_found,
        n_at,
    )
    first_at = np.empty(n_bits + 2, np.int64)
    for q in range(n_queries):
        if not ranked and n_sampled == tiles.shape[0]:
            items[q, : n_found[q]] = found[q, : n_found[q]]
            items[q, n_found[q] :] = -1
            continue
        first_at[0] = 0
        for radius in range(n_bits + 1):
            first_at[radius + 1] = first_at[radius] + n_at[q, radius]
        total = min(first_at[n_bits + 1], k)
        items[q, total:] = -1
        if ranked:
            scores[q, total:] = -np.inf
        for one in range(n_found[q]):
            distance = found_at[q, one]
            place = first_at[distance]
            if place < k:
                items[q, place] = found[q, one]
                if ranked:
                    scores[q, place] = -np.float32(distance)
                first_at[distance] = place + 1


@njit(nogil=True, cache=True)
def _scan(
    tiles: NDArray[np.uint64],
    n_items: int,
    k: int,
    ranked: bool,
    chosen: _Chosen,
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    bounds: NDArray[np.uint64],
    totals: NDArray[np.uint64],
    below: NDArray[np.uint64],
    sample: NDArray[np.uint64],
    found: NDArray[np.int32],
    found_at: NDArray[np.uint16],
    n_found: NDArray[np.int64],
    n_at: NDArray[np.int64],
) -> None:
    """Append to `found` what may be among the k nearest, in the items' order, and count it in `n_at` by distance.

    The arrays that `any_nearer` takes by their addresses are the caller's: `bounds` uint64[n_queries, levels], `totals`
    uint64[1, levels, STEP], `below` uint64[STEP], and `sample` uint64[n_steps, levels, STEP] for the totals of the
    first steps.
    """
    n_queries, n_bits = chosen.rows.shape
    n_sums, words, levels = tiles.shape[1] - n_bits, tiles.shape[2], totals.shape[1]
    limits = np.full(n_queries, n_bits + 1)
    _take_limits(
        tiles,
        n_items,
        k,
        ranked,
        chosen,
        excluded_from,
        excluded,
        bounds,
        below,
        sample,
        limits,
        found,
        found_at,
        n_found,
        n_at,
    )
    if sample.shape[0] * STEP == tiles.shape[0] * words:
        return
    nearer = np.zeros(n_queries, np.int64)  # how many of those found lie below the limit
    places = excluded_from[:-1].copy()
    tiles_at, totals_at, below_at = address(tiles), address(totals), address(below)
    rows_at, bounds_at = address(chosen.rows), address(bounds)
    for tile in range(tiles.shape[0]):
        for q in range(n_queries):
            rows, n_rows, over_ones = rows_at + 8 * q * n_bits, chosen.n_rows[q], chosen.over_ones[q]
            bound, excess = bounds_at + 8 * q * levels, chosen.excess[q]
            for word in range(0, words, STEP):
                step = tiles_at + 8 * (tile * tiles.shape[1] * words + word)
                if not any_nearer(
                    step, words, n_bits, n_sums, rows, n_rows, over_ones, levels, bound, totals_at, below_at
                ):
                    continue
                start = (tile * words + word) * 64
                places[q] = mask_excluded(excluded, places[q], excluded_from[q + 1], start, below)
                limit, taken, n_nearer = limits[q], n_found[q], nearer[q]
                for w in range(STEP):
                    left = below[w]
                    while left:
                        bit = ctz(left)
                        left &= left - np.uint64(1)
                        item, distance = start + 64 * w + bit, _total(totals, 0, w, bit) - excess
                        if distance >= limit or item >= n_items:
                            continue
                        found[q, taken], found_at[q, taken] = item, distance
                        taken += 1
                        n_at[q, distance] += 1
                        n_nearer += 1
                        while n_nearer >= k:
                            limit -= 1
                            n_nearer -= n_at[q, limit]
                n_found[q], nearer[q] = taken, n_nearer
                if limit < limits[q]:
                    limits[q] = limit
                    _write_bound(limit + excess, bounds[q])


@njit(nogil=True, cache=True)
def _take_limits(
    tiles: NDArray[np.uint64],
    n_items: int,
    k: int,
    ranked: bool,
    chosen: _Chosen,
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    bounds: NDArray[np.uint64],
    below: NDArray[np.uint64],
    sample: NDArray[np.uint64],
    limits: NDArray[np.int64],
    found: NDArray[np.int32],
    found_at: NDArray[np.uint16],
    n_found: NDArray[np.int64],
    n_at: NDArray[np.int64],
) -> None:
    """Lower each limit to just above the k-th distance among the first tiles, and write its bound.

    As many steps are looked at as there is room for in `sample`. If those are all, the k nearest are known, and `found`
    as `_scan` leaves them; but their distances only if they are to be `ranked`.
    """
    n_queries, n_bits = chosen.rows.shape
    n_sums, words, levels = tiles.shape[1] - n_bits, tiles.shape[2], sample.shape[1]
    everything = sample.shape[0] * STEP == tiles.shape[0] * words
    n_places = _n_places(n_bits + (1 << n_sums) - 1)
    tiles_at, sample_at, below_at = address(tiles), address(sample), address(below)
    rows_at, bounds_at = address(chosen.rows), address(bounds)
    nearer, equal = np.empty(sample.shape[0] * STEP, np.uint64), np.empty(sample.shape[0] * STEP, np.uint64)
    for q in range(n_queries):
        rows, n_rows, over_ones = rows_at + 8 * q * n_bits, chosen.n_rows[q], chosen.over_ones[q]
        excess, bound = chosen.excess[q], bounds_at + 8 * q * levels
        bounds[q] = ~np.uint64(0)  # any total is below it, so that totals are written
        for place in range(sample.shape[0]):
            tile, word = divmod(place * STEP, words)
            step = tiles_at + 8 * (tile * tiles.shape[1] * words + word)
            totals_at = sample_at + 8 * place * levels * STEP
            any_nearer(step, words, n_bits, n_sums, rows, n_rows, over_ones, levels, bound, totals_at, below_at)
        for word in range(equal.size):
            equal[word] = _taken(64 * word, n_items)
        mask_excluded(excluded, excluded_from[q], excluded_from[q + 1], 0, equal)
        kth, n_equal = _kth_total(sample, n_places, k, nearer, equal)
        if kth >= 0:
            limits[q] = kth - excess + 1
        _write_bound(limits[q] + excess, bounds[q])
        if not everything:
            continue
        if kth >= 0:
            _keep_first(equal, n_equal)
            for word in range(nearer.size):
                nearer[word] |= equal[word]
        n_found[q] = _list_ones(nearer, found[q])
        if not ranked:
            continue
        for one in range(n_found[q]):
            word, bit = divmod(found[q, one], 64)
            distance = _total(sample, word // STEP, word % STEP, bit) - excess
            found_at[q, one] = distance
            n_at[q, distance] += 1


@njit(nogil=True, cache=True)
def _kth_total(
    totals: NDArray[np.uint64], n_places: int, k: int, nearer: NDArray[np.uint64], equal: NDArray[np.uint64]
) -> tuple[int, int]:
    """Return the k-th smallest total, bit by bit from the highest, and how many of the k equal it.

    `totals` is uint64[n_steps, levels, STEP], 0 from place `n_places` on; `nearer` and `equal`, uint64[n_steps * STEP],
    have a bit an item. All items that count are in `equal` at first, in the end those of the k-th total; those of
    smaller ones are in `nearer`. If there are fewer than k, all are, and the total is -1.
    """
    n_steps, levels = totals.shape[0], totals.shape[1]
    nearer_at, equal_at = address(nearer), address(equal)
    n = 0
    for word in range(equal.size):
        n += popcount(equal[word])
    if n < k:
        nearer[:] = equal
        return -1, 0
    nearer[:] = 0
    total, left = 0, k
    for level in range(n_places - 1, -1, -1):
        place = address(totals) + 8 * level * STEP
        n = count_zeros(equal_at, place, n_steps, levels * STEP)
        if n < left:
            total |= 1 << level
            left -= n
            part(equal_at, nearer_at, place, n_steps, levels * STEP, True)
        else:
            part(equal_at, nearer_at, place, n_steps, levels * STEP, False)
    return total, left


@njit(nogil=True, inline="always")
def _n_places(total: int) -> int:
    """Return how many binary places a total has at most."""
    places = 0
    while total >> places:
        places += 1
    return places


@njit(nogil=True, cache=True)
def _keep_first(items: NDArray[np.uint64], n: int) -> None:
    """Clear all bits but the first `n` ones."""
    for word in range(items.size):
        here = popcount(items[word])
        if here > n:
            left = items[word]
            for _ in range(n):
                left &= left - np.uint64(1)
            items[word] ^= left
            items[word + 1 :] = 0
            return
        n -= here


SPARE = 2
"""Places that `_list_ones` may write beyond the last item: writing two a word at least costs less than to ask."""


@njit(nogil=True, cache=True)
def _list_ones(items: NDArray[np.uint64], places: NDArray[np.int32]) -> int:
    """Write the places of the ones, and return how many there are; `places` has `SPARE` more."""
    taken = 0
    for word in range(items.size):
        left, start = items[word], 64 * word
        n = popcount(left)
        places[taken] = start + ctz(left)
        left &= left - np.uint64(1)
        places[taken + 1] = start + ctz(left)
        for one in range(2, n):
            left &= left - np.uint64(1)
            places[taken + one] = start + ctz(left)
        taken += n
    return taken


# -------------------------------------------------------------------------------------------------------- ties


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
    n_total: NDArray[np.int64],
    n_listed: NDArray[np.int64],
) -> None:
    chosen = _choose_rows(queries, n_bits, tiles.shape[1] - n_bits, tiles.shape[2])
    bounds, exact = np.empty((distances.size, levels), np.uint64), np.empty((distances.size, levels), np.uint64)
    for q in range(distances.size):
        _write_bound(distances[q] + chosen.excess[q] + 1, bounds[q])
        _write_bound(distances[q] + chosen.excess[q], exact[q])
    totals, at = np.empty((levels, STEP), np.uint64), np.empty(STEP, np.uint64)
    _count(tiles, n_items, chosen, distances, bounds, exact, totals, at, listed_from, listed, n_total, n_listed)
    n_listed += n_total


@njit(nogil=True, cache=True)
def _count(
    tiles: NDArray[np.uint64],
    n_items: int,
    chosen: _Chosen,
    distances: NDArray[np.int64],
    bounds: NDArray[np.uint64],
    exact: NDArray[np.uint64],
    totals: NDArray[np.uint64],
    at: NDArray[np.uint64],
    listed_from: NDArray[np.int64],
    listed: NDArray[np.int32],
    n_total: NDArray[np.int64],
    n_listed: NDArray[np.int64],
) -> None:
    """Add to `n_total` the items at the distance, and take from `n_listed` those of them that are not listed."""
    n_bits = chosen.rows.shape[1]
    n_sums, words, levels = tiles.shape[1] - n_bits, tiles.shape[2], totals.shape[0]
    places = listed_from[:-1].copy()
    tiles_at, totals_at, at_at = address(tiles), address(totals), address(at)
    rows_at, bounds_at = address(chosen.rows), address(bounds)
    for tile in range(tiles.shape[0]):
        for q in range(distances.size):
            if distances[q] < 0:
                continue
            rows, n_rows, over_ones = rows_at + 8 * q * n_bits, chosen.n_rows[q], chosen.over_ones[q]
            for word in range(0, words, STEP):
                step = tiles_at + 8 * (tile * tiles.shape[1] * words + word)
                bound = bounds_at + 8 * q * levels
                if not any_nearer(
                    step, words, n_bits, n_sums, rows, n_rows, over_ones, levels, bound, totals_at, at_at
                ):
                    continue
                start = (tile * words + word) * 64
                for w in range(STEP):
                    for level in range(levels):
                        at[w] &= ~(totals[level, w] ^ exact[q, level])
                    at[w] &= _taken(start + 64 * w, n_items)
                    n_total[q] += popcount(at[w])
                places[q] = mask_excluded(listed, places[q], listed_from[q + 1], start, at)
                for w in range(STEP):
                    n_listed[q] -= popcount(at[w])


# ------------------------------------------------------------------------------------------------------- parts


@njit(nogil=True, inline="always")
def _write_bound(total: int, bound: NDArray[np.uint64]) -> None:
    """Write the binary places of `total`, each a word of zeros or of ones; of one too large, those of the largest.

    No total of an item is the largest, so that one bounds them all.
    """
    total = min(total, (1 << bound.size) - 1)
    for level in range(bound.size):
        bound[level] = -(total >> level & 1)


@njit(nogil=True, inline="always")
def _taken(start: int, n_items: int) -> np.uint64:
    """Return the word that begins with item `start` with a one for each of its places that has an item."""
    n_listed = min(n_items - start, 64)
    return ~np.uint64(0) >> np.uint64(64 - n_listed) if n_listed > 0 else np.uint64(0)


@njit(nogil=True, inline="always")
def mask_excluded(listed: NDArray[np.int32], place: int, end: int, start: int, items: NDArray[np.uint64]) -> int:
    """Clear the bits of listed items in the words that begin with item `start`; return the place after them."""
    stop = start + 64 * items.size
    while place < end and listed[place] < stop:
        apart = listed[place] - start
        if apart >= 0:
            items[apart >> 6] &= ~(np.uint64(1) << np.uint64(apart & 63))
        place += 1
    return place


@njit(nogil=True, inline="always")
def _total(totals: NDArray[np.uint64], step: int, word: int, bit: int) -> np.int64:
    """Put the places of one item's total together: in one expression those that all have, which LLVM then overlaps."""
    at, one = np.uint64(bit), np.uint64(1)
    total = (
        (totals[step, 0, word] >> at & one)
        | (totals[step, 1, word] >> at & one) << one
        | (totals[step, 2, word] >> at & one) << np.uint64(2)
        | (totals[step, 3, word] >> at & one) << np.uint64(3)
        | (totals[step, 4, word] >> at & one) << np.uint64(4)
        | (totals[step, 5, word] >> at & one) << np.uint64(5)
        | (totals[step, 6, word] >> at & one) << np.uint64(6)
        | (totals[step, 7, word] >> at & one) << np.uint64(7)
    )
    for level in range(8, totals.shape[1]):
        total |= (totals[step, level, word] >> at & one) << np.uint64(level)
    return np.int64(total)
