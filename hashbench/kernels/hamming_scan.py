"""The exact k nearest codes by Hamming distance: a scan of bit planes.

By definition, for bits [n_items, n_bits] of items, bits [n_bits] of a query and the items excluded from its ranking:

>>> import numpy as np
>>> def nearest(items, query, k, excluded):
...     distances = (items != query).sum(axis=1)
...     ranking = np.lexsort((np.arange(len(items)), distances))  # by distance, then by item
...     ranking = ranking[~np.isin(ranking, excluded)][:k]
...     return ranking, distances[ranking]

In a small catalogue all distances are computed, and the k nearest are chosen from them digit by digit
(`hamming_limits`). In a larger one the kernel keeps a limit for each query: an item at or beyond it can't be among the
k nearest (`hamming_search`). The limit starts just above the k-th distance among the first items. It falls as soon as
k nearer items are known. Bit-sliced arithmetic tells which of a few hundred items at once are below the limit, mostly
none (`bit_sliced_llvm`). Items come in ascending order, so an item at the limit loses its tie to those before it, and
no sorting by item is needed. Several queries share one pass over a tile while it lies in the cache.

docs/hamming-scan.md shows every step on 8 items of 4 bits.

The GIL is released, so threads may share a batch of queries. The kernel needs numba's JIT: it works on addresses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hashbench.data.codes import Codes
from hashbench.kernels.bit_planes import BitPlanes
from hashbench.kernels.hamming_counts import count_in_planes
from hashbench.kernels.hamming_search import search_planes

SMALL = 1 << 16
"""A catalogue of at most so many items is sampled whole: choosing from all distances is faster than a falling limit."""

SAMPLED = 80
"""Items per rank of k whose distances give the first limit of a larger catalogue. Fewer give one that is too high."""


def hamming_knn(
    planes: BitPlanes,
    queries: Codes,
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    items: NDArray[np.int32],
    scores: NDArray[np.float32] | None = None,
) -> None:
    """Write the k nearest codes of each query, nearest first, ties to the lower item number.

    Args:
        planes: the items' codes.
        queries: the queries' codes, as long as the items'.
        excluded_from: int64[n_queries + 1]; query q leaves out `excluded[excluded_from[q]:excluded_from[q + 1]]`.
        excluded: int32; the items of each query are in ascending order.
        items: int32[n_queries, k], written; -1 where nothing is left.
        scores: float32[n_queries, k], written: the distance negated, -inf where nothing is left. Without scores the
            same items come in any order, which takes less time.

    Raises:
        ValueError: Queries have another length than items, or an array has not one row per query.
    """
    if scores is None:
        scores = np.empty((len(items), 0), np.float32)
    n_queries = len(queries)
    if queries.n_bits != planes.n_bits or not excluded_from.size - 1 == len(items) == len(scores) == n_queries:
        raise _mismatch(planes, queries, excluded_from.size - 1, len(items), len(scores))
    if items.size:
        sizes, n_sampled = (planes.n_items, planes.n_bits, planes.n_digits), _tiles_sampled(planes, items.shape[1])
        search_planes(planes.tiles, sizes, queries.packed, excluded_from, excluded, n_sampled, items, scores)


def count_at(
    planes: BitPlanes,
    queries: Codes,
    distances: NDArray[np.int64],
    listed_from: NDArray[np.int64],
    listed: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the items at one distance from each query: all of them, and those of a list.

    Args:
        planes: the items' codes.
        queries: the queries' codes, as long as the items'.
        distances: int64[n_queries]; no item lies at a distance below 0.
        listed_from: int64[n_queries + 1]; query q has the list `listed[listed_from[q]:listed_from[q + 1]]`.
        listed: int32; each list is in ascending order.

    Returns:
        `n_total` and `n_listed`, both int64[n_queries].

    Raises:
        ValueError: Queries have another length than items, or an array has not one row per query.
    """
    if queries.n_bits != planes.n_bits or not listed_from.size - 1 == len(distances) == len(queries):
        raise _mismatch(planes, queries, listed_from.size - 1, len(distances))
    n_total, n_listed = np.zeros((2, len(queries)), np.int64)
    sizes = planes.n_items, planes.n_bits, planes.n_digits
    count_in_planes(planes.tiles, sizes, queries.packed, distances, listed_from, listed, n_total, n_listed)
    return n_total, n_listed


def _mismatch(planes: BitPlanes, queries: Codes, *n_rows: int) -> ValueError:
    """Return the error for lengths that don't agree. Numba would read and write beyond the end of arrays."""
    if queries.n_bits != planes.n_bits:
        return ValueError(f"queries of {queries.n_bits} bits do not fit items of {planes.n_bits}")
    return ValueError(f"{len(queries)} queries need as many rows in each array, got {n_rows}")


def _tiles_sampled(planes: BitPlanes, k: int) -> int:
    n_tiles, _, words = planes.tiles.shape
    is_small = planes.n_items <= max(SMALL, SAMPLED * k)
    return int(n_tiles if is_small else 1 + SAMPLED * k // (64 * words))
