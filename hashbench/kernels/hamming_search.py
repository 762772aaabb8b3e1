"""The search of `hamming_scan.hamming_knn`: candidates below a limit that falls, then their order by distance."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.bit_planes import Planes
from hashbench.kernels.bit_sliced_llvm import STEP, Outputs, Query, TileLayout, any_below
from hashbench.kernels.hamming_limits import Candidates, Workspace, first_limits
from hashbench.kernels.item_bits import SPARE, ItemLists, mask_excluded, total_of
from hashbench.kernels.memory import address
from hashbench.kernels.popcount import ctz
from hashbench.kernels.query_rows import QueryRows, choose_rows, write_bound


@njit(nogil=True, cache=True)
def search_planes(
    tiles: NDArray[np.uint64],
    sizes: tuple[int, int, int],
    queries: NDArray[np.uint8],
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    n_sampled: int,
    items: NDArray[np.int32],
    scores: NDArray[np.float32],
) -> None:
    """Do the work of `hamming_knn`. The distances in the first `n_sampled` tiles are computed first.

    `sizes` are the items, bits and digits of `BitPlanes`: a plain tuple, because a named tuple from Python takes numba
    2 µs. If `scores` has no columns, items are not ranked.
    """
    planes = Planes(tiles, sizes[0], sizes[1], sizes[2])
    n_items, n_bits, n_digits = sizes
    (n_queries, k), ranked = items.shape, scores.shape[1] > 0
    rows = choose_rows(queries, n_bits, tiles.shape[1] - n_bits, tiles.shape[2])
    # At most k items at any one distance become candidates; of a sample that is the whole catalogue, at most k items.
    capacity = (k if n_sampled == tiles.shape[0] else min(n_items, k * (n_bits + 1))) + SPARE
    candidates = Candidates(
        np.empty((n_queries, capacity), np.int32),
        np.empty((n_queries, capacity), np.uint16),
        np.zeros(n_queries, np.int64),
        np.zeros((n_queries, n_bits + 1), np.int64),
    )
    workspace = Workspace(
        np.empty((n_queries, n_digits), np.uint64),
        np.empty((1, n_digits, STEP), np.uint64),
        np.empty(STEP, np.uint64),
        np.empty((n_sampled * tiles.shape[2] // STEP, n_digits, STEP), np.uint64),
    )
    _find_candidates(planes, rows, ItemLists(excluded_from, excluded), k, ranked, workspace, candidates)
    _rank(candidates, ranked, n_sampled == tiles.shape[0], items, scores)


@njit(nogil=True, inline="always")  # a call with a tuple of arrays costs 0.3 µs
def _rank(
    candidates: Candidates, ranked: bool, is_exact: bool, items: NDArray[np.int32], scores: NDArray[np.float32]
) -> None:
    """Write the k nearest candidates by counting sort; `is_exact` says that there are no others than the k nearest."""
    item_ids, distances, n_found, histogram = candidates
    n_queries, k = items.shape
    n_bits = histogram.shape[1] - 1
    ranks = np.empty(n_bits + 2, np.int64)  # of the next item at each distance
    for q in range(n_queries):
        if not ranked and is_exact:
            items[q, : n_found[q]] = item_ids[q, : n_found[q]]
            items[q, n_found[q] :] = -1
            continue
        ranks[0] = 0
        for distance in range(n_bits + 1):
            ranks[distance + 1] = ranks[distance] + histogram[q, distance]
        total = min(ranks[n_bits + 1], k)
        items[q, total:] = -1
        if ranked:
            scores[q, total:] = -np.inf
        for j in range(n_found[q]):
            distance = distances[q, j]
            rank = ranks[distance]
            if rank < k:
                items[q, rank] = item_ids[q, j]
                if ranked:
                    scores[q, rank] = -np.float32(distance)
                ranks[distance] = rank + 1


@njit(nogil=True, cache=True)
def _find_candidates(
    planes: Planes,
    queries: QueryRows,
    excluded: ItemLists,
    k: int,
    ranked: bool,
    workspace: Workspace,
    candidates: Candidates,
) -> None:
    """Append what may be among the k nearest to the candidates."""
    tiles, n_items, n_bits, _ = planes
    bounds, totals, below, sample = workspace
    item_ids, distances, n_found, histogram = candidates
    excluded_from, excluded_items = excluded
    n_queries = queries.n_rows.size
    words, n_digits = tiles.shape[2], totals.shape[1]
    layout = TileLayout(words, n_bits, tiles.shape[1] - n_bits, n_digits)
    limits = np.full(n_queries, n_bits + 1)
    first_limits(planes, queries, excluded, k, ranked, workspace, limits, candidates)
    if sample.shape[0] * STEP == tiles.shape[0] * words:
        return
    n_nearer = np.zeros(n_queries, np.int64)  # candidates below the limit
    positions = excluded_from[:-1].copy()
    tiles_at, outputs = address(tiles), Outputs(address(totals), address(below))
    rows_at, bounds_at = address(queries.rows), address(bounds)
    for tile in range(tiles.shape[0]):
        for q in range(n_queries):
            excess = queries.excess[q]
            query = Query(
                rows_at + 8 * q * n_bits, queries.n_rows[q], queries.over_ones[q], bounds_at + 8 * q * n_digits
            )
            for word in range(0, words, STEP):
                first_word = tiles_at + 8 * (tile * tiles.shape[1] * words + word)
                if not any_below(first_word, layout, query, outputs):
                    continue
                start = (tile * words + word) * 64
                positions[q] = mask_excluded(excluded_items, positions[q], excluded_from[q + 1], start, below)
                limit, n, nearer = limits[q], n_found[q], n_nearer[q]
                for w in range(STEP):
                    left = below[w]
                    while left:
                        bit = ctz(left)
                        left &= left - np.uint64(1)
                        item, distance = start + 64 * w + bit, total_of(totals, 0, w, bit) - excess
                        if distance >= limit or item >= n_items:
                            continue
                        item_ids[q, n], distances[q, n] = item, distance
                        n += 1
                        histogram[q, distance] += 1
                        nearer += 1
                        while nearer >= k:
                            limit -= 1
                            nearer -= histogram[q, limit]
                n_found[q], n_nearer[q] = n, nearer
                if limit < limits[q]:
                    limits[q] = limit
                    write_bound(limit + excess, bounds[q])
