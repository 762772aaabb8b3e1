"""The counting of `hamming_scan.count_at`: how many items lie at one distance from each query."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.bit_planes import Planes
from hashbench.kernels.bit_sliced_llvm import STEP, Outputs, Query, TileLayout, any_below
from hashbench.kernels.item_bits import ItemLists, existing_items, mask_excluded
from hashbench.kernels.memory import address
from hashbench.kernels.popcount import popcount
from hashbench.kernels.query_rows import QueryRows, choose_rows, write_bound


class _Workspace(NamedTuple):
    """Arrays that `any_below` takes by their addresses, and `exact`: the digits of the total that is counted.

    `bounds` and `exact` are uint64[n_queries, n_digits], `totals` uint64[n_digits, STEP], `below` uint64[STEP].
    """

    bounds: NDArray[np.uint64]
    exact: NDArray[np.uint64]
    totals: NDArray[np.uint64]
    below: NDArray[np.uint64]


@njit(nogil=True, cache=True)
def count_in_planes(
    tiles: NDArray[np.uint64],
    sizes: tuple[int, int, int],
    queries: NDArray[np.uint8],
    distances: NDArray[np.int64],
    listed_from: NDArray[np.int64],
    listed: NDArray[np.int32],
    n_total: NDArray[np.int64],
    n_listed: NDArray[np.int64],
) -> None:
    """Do the work of `count_at`; `n_total` and `n_listed` are zero at first. `sizes` is as for `search_planes`."""
    planes = Planes(tiles, sizes[0], sizes[1], sizes[2])
    _, n_bits, n_digits = sizes
    rows = choose_rows(queries, n_bits, tiles.shape[1] - n_bits, tiles.shape[2])
    bounds = np.empty((distances.size, n_digits), np.uint64)
    exact = np.empty((distances.size, n_digits), np.uint64)
    for q in range(distances.size):
        write_bound(distances[q] + rows.excess[q] + 1, bounds[q])
        write_bound(distances[q] + rows.excess[q], exact[q])
    workspace = _Workspace(bounds, exact, np.empty((n_digits, STEP), np.uint64), np.empty(STEP, np.uint64))
    _count(planes, rows, distances, ItemLists(listed_from, listed), workspace, n_total, n_listed)
    n_listed += n_total


@njit(nogil=True, cache=True)
def _count(
    planes: Planes,
    queries: QueryRows,
    distances: NDArray[np.int64],
    lists: ItemLists,
    workspace: _Workspace,
    n_total: NDArray[np.int64],
    n_listed: NDArray[np.int64],
) -> None:
    """Add the items at the distance to `n_total`, and subtract those of them that are not listed from `n_listed`."""
    tiles, n_items, n_bits, _ = planes
    bounds, exact, totals, below = workspace
    n_digits = totals.shape[0]  # of an array: with the field of a tuple LLVM makes slower loops
    listed_from, listed = lists
    words = tiles.shape[2]
    layout = TileLayout(words, n_bits, tiles.shape[1] - n_bits, n_digits)
    positions = listed_from[:-1].copy()
    tiles_at, outputs = address(tiles), Outputs(address(totals), address(below))
    rows_at, bounds_at = address(queries.rows), address(bounds)
    for tile in range(tiles.shape[0]):
        for q in range(distances.size):
            if distances[q] < 0:
                continue
            query = Query(
                rows_at + 8 * q * n_bits, queries.n_rows[q], queries.over_ones[q], bounds_at + 8 * q * n_digits
            )
            for word in range(0, words, STEP):
                first_word = tiles_at + 8 * (tile * tiles.shape[1] * words + word)
                if not any_below(first_word, layout, query, outputs):
                    continue
                start = (tile * words + word) * 64
                for w in range(STEP):
                    for digit in range(n_digits):
                        below[w] &= ~(totals[digit, w] ^ exact[q, digit])
                    below[w] &= existing_items(start + 64 * w, n_items)
                    n_total[q] += popcount(below[w])
                positions[q] = mask_excluded(listed, positions[q], listed_from[q + 1], start, below)
                for w in range(STEP):
                    n_listed[q] -= popcount(below[w])
