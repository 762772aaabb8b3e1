"""The first limits of a Hamming search: just above the k-th distance among the first items of a catalogue.

Limits and bounds are two scales for one thing: a limit is a distance, and a bound is the total that stands for it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.bit_planes import Planes
from hashbench.kernels.bit_sliced_llvm import STEP, Outputs, Query, TileLayout, any_below, count_zeros, keep_digit
from hashbench.kernels.item_bits import ItemLists, existing_items, keep_first, list_items, mask_excluded, total_of
from hashbench.kernels.memory import address
from hashbench.kernels.popcount import popcount
from hashbench.kernels.query_rows import QueryRows, write_bound


class Workspace(NamedTuple):
    """Arrays that `any_below` takes by their addresses: the caller holds them.

    `bounds` uint64[n_queries, n_digits], `totals` uint64[1, n_digits, STEP], `below` uint64[STEP], and `sample`
    uint64[n_steps, n_digits, STEP] for the totals of the first steps.
    """

    bounds: NDArray[np.uint64]
    totals: NDArray[np.uint64]
    below: NDArray[np.uint64]
    sample: NDArray[np.uint64]


class Candidates(NamedTuple):
    """What may be among the k nearest of each query, in the items' order.

    `items` int32 and `distances` uint16[n_queries, capacity] hold `n` int64[n_queries] candidates. `histogram`
    int64[n_queries, n_bits + 1] counts them by distance.
    """

    items: NDArray[np.int32]
    distances: NDArray[np.uint16]
    n: NDArray[np.int64]
    histogram: NDArray[np.int64]


@njit(nogil=True, cache=True)
def first_limits(
    planes: Planes,
    queries: QueryRows,
    excluded: ItemLists,
    k: int,
    ranked: bool,
    workspace: Workspace,
    limits: NDArray[np.int64],
    candidates: Candidates,
) -> None:
    """Lower each limit to just above the k-th distance among the first tiles, and write its bound.

    As many steps are read as `workspace.sample` has room for. If those are all, the k nearest are known and written to
    `candidates`. Their distances are written only if they are to be `ranked`.
    """
    tiles, n_items, n_bits, _ = planes
    bounds, _, below, sample = workspace
    item_ids, distances, n_found, histogram = candidates
    excluded_from, excluded_items = excluded
    n_queries = queries.n_rows.size
    n_weight_rows, words, n_digits = tiles.shape[1] - n_bits, tiles.shape[2], sample.shape[1]
    layout = TileLayout(words, n_bits, n_weight_rows, n_digits)
    is_whole = sample.shape[0] * STEP == tiles.shape[0] * words
    n_used_digits = _n_digits(n_bits + (1 << n_weight_rows) - 1)
    tiles_at, sample_at, below_at = address(tiles), address(sample), address(below)
    rows_at, bounds_at = address(queries.rows), address(bounds)
    nearer, equal = np.empty(sample.shape[0] * STEP, np.uint64), np.empty(sample.shape[0] * STEP, np.uint64)
    for q in range(n_queries):
        rows, excess = rows_at + 8 * q * n_bits, queries.excess[q]
        query = Query(rows, queries.n_rows[q], queries.over_ones[q], bounds_at + 8 * q * n_digits)
        bounds[q] = ~np.uint64(0)  # any total is below it, so that totals are written
        for step in range(sample.shape[0]):
            tile, word = divmod(step * STEP, words)
            first_word = tiles_at + 8 * (tile * tiles.shape[1] * words + word)
            any_below(first_word, layout, query, Outputs(sample_at + 8 * step * n_digits * STEP, below_at))
        for word in range(equal.size):
            equal[word] = existing_items(64 * word, n_items)
        mask_excluded(excluded_items, excluded_from[q], excluded_from[q + 1], 0, equal)
        kth, n_equal = kth_total(sample, n_used_digits, k, nearer, equal)
        if kth >= 0:
            limits[q] = kth - excess + 1
        write_bound(limits[q] + excess, bounds[q])
        if not is_whole:
            continue
        if kth >= 0:
            keep_first(equal, n_equal)
            for word in range(nearer.size):
                nearer[word] |= equal[word]
        n_found[q] = list_items(nearer, item_ids[q])
        if not ranked:
            continue
        for j in range(n_found[q]):
            word, bit = divmod(item_ids[q, j], 64)
            distance = total_of(sample, word // STEP, word % STEP, bit) - excess
            distances[q, j] = distance
            histogram[q, distance] += 1


@njit(nogil=True, cache=True)
def kth_total(
    totals: NDArray[np.uint64], n_used_digits: int, k: int, nearer: NDArray[np.uint64], equal: NDArray[np.uint64]
) -> tuple[int, int]:
    """Return the k-th smallest total, and how many of the k items equal it.

    The digits of the total are found from the highest to the lowest. If there are fewer than k items, all of them are
    put in `nearer`, and the total is -1.

    Args:
        totals: uint64[n_steps, n_digits, STEP].
        n_used_digits: digits from this one on are 0.
        k: the rank.
        nearer: uint64[n_steps * STEP]; the items with smaller totals are written, one bit per item.
        equal: as `nearer`; holds the items to choose from, and in the end those with the k-th total.
    """
    n_steps, n_digits = totals.shape[0], totals.shape[1]
    nearer_at, equal_at = address(nearer), address(equal)
    n = 0
    for word in range(equal.size):
        n += popcount(equal[word])
    if n < k:
        nearer[:] = equal
        return -1, 0
    nearer[:] = 0
    total, n_left = 0, k
    for digit in range(n_used_digits - 1, -1, -1):
        digit_at = address(totals) + 8 * digit * STEP
        n = count_zeros(equal_at, digit_at, n_steps, n_digits * STEP)
        if n < n_left:
            total |= 1 << digit
            n_left -= n
            keep_digit(equal_at, nearer_at, digit_at, n_steps, n_digits * STEP, True)
        else:
            keep_digit(equal_at, nearer_at, digit_at, n_steps, n_digits * STEP, False)
    return total, n_left


@njit(nogil=True, inline="always")
def _n_digits(total: int) -> int:
    """Return how many binary digits a total has at most."""
    n = 0
    while total >> n:
        n += 1
    return n
