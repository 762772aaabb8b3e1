"""The exact k nearest codes by Hamming distance: a scan that skips blocks and counts radii.

For each query the kernel keeps `limit`, the distance below which an item still can be among the k nearest: at the
start all, and as soon as k items nearer than `limit` are known, less. A block whose nearest item is not below the limit
is done with after its vectorised scan. Items come in their order, so an item at the limit loses its tie to those before
it, and no sorting by item is needed. Several queries share one pass over a block while it lies in the cache.

The GIL is released, so threads may share a batch of queries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.codes.popcount import bits_apart, plus, smaller

STRIPE = 128
"""Items whose least distance is looked at before theirs are, one by one."""

WIDEST = 248
"""Up to so many bits a distance is counted in one byte, and 255 is farther than any."""


def nearest_codes(
    blocks: NDArray[np.uint8],
    tail: NDArray[np.uint8],
    n_bits: int,
    queries: NDArray[np.uint8],
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    items: NDArray[np.int32],
    distances: NDArray[np.int32],
) -> None:
    """Write the k nearest codes of each query, nearest first, ties to the lower item number.

    `blocks` and `tail` are those of `BytePlanes`; `queries` uint8[n_queries, n_bytes]. Query q leaves out
    `excluded[excluded_from[q]:excluded_from[q + 1]]`, which is sorted. `items` and `distances` [n_queries, k] are
    written; both are -1 where nothing is left.
    """
    if not items.size:
        return
    stripes = -(-blocks.shape[2] // STRIPE)
    room = np.empty((stripes, STRIPE), np.uint8 if n_bits <= WIDEST else np.uint16)
    _nearest(blocks, tail, n_bits, queries, excluded_from, excluded, items, distances, room)


@njit(nogil=True, cache=True)
def _nearest(
    blocks: NDArray[np.uint8],
    tail: NDArray[np.uint8],
    n_bits: int,
    queries: NDArray[np.uint8],
    excluded_from: NDArray[np.int64],
    excluded: NDArray[np.int32],
    items: NDArray[np.int32],
    distances: NDArray[np.int32],
    room: NDArray[Any],
) -> None:
    n_queries, k = items.shape
    size = blocks.shape[2]
    n_items = blocks.shape[0] * size + tail.shape[1]
    flat = room.reshape(room.size)
    never = flat.dtype.type(-1)
    # No more than k items at any one distance are ever taken.
    capacity = min(n_items, k * (n_bits + 1))
    found, found_at = np.empty((n_queries, capacity), np.int32), np.empty((n_queries, capacity), np.uint16)
    n_found = np.zeros(n_queries, np.int64)
    at = np.zeros((n_queries, n_bits + 1), np.int64)
    limits = np.full(n_queries, n_bits + 1)
    nearer = np.zeros(n_queries, np.int64)  # how many of those found lie below the limit
    places = excluded_from[:-1].copy()
    for block in range(blocks.shape[0] + 1):
        rows = blocks[block] if block < blocks.shape[0] else tail
        start, n_here = block * size, rows.shape[1]
        flat[n_here:] = never
        for q in range(n_queries):
            limit = limits[q]
            scan(rows, queries[q], flat[:n_here])
            if least(flat) >= limit:
                continue
            place = places[q]
            while place < excluded_from[q + 1] and excluded[place] < start + n_here:
                if excluded[place] >= start:
                    flat[excluded[place] - start] = never
                place += 1
            places[q] = place
            taken, below, counts = n_found[q], nearer[q], at[q]
            for stripe in range(room.shape[0]):
                if least(room[stripe]) >= limit:
                    continue
                for j in range(room.shape[1]):
                    distance = np.int64(room[stripe, j])
                    if distance < limit:
                        found[q, taken] = start + stripe * room.shape[1] + j
                        found_at[q, taken] = distance
                        taken += 1
                        counts[distance] += 1
                        below += 1
                        while below >= k:
                            limit -= 1
                            below -= counts[limit]
            n_found[q], nearer[q], limits[q] = taken, below, limit
    first = np.empty(n_bits + 2, np.int64)
    for q in range(n_queries):
        first[0] = 0
        for radius in range(n_bits + 1):
            first[radius + 1] = first[radius] + at[q, radius]
        total = min(first[n_bits + 1], k)
        items[q, total:] = -1
        distances[q, total:] = -1
        for one in range(n_found[q]):
            distance = found_at[q, one]
            place = first[distance]
            if place < k:
                items[q, place] = found[q, one]
                distances[q, place] = distance
                first[distance] = place + 1


@njit(nogil=True, cache=True)
def least(values: NDArray[Any]) -> Any:
    """Return the smallest of a vector of unsigned integers."""
    smallest = values[0]
    for j in range(values.size):
        smallest = smaller(smallest, values[j])
    return smallest


@njit(nogil=True, cache=True)
def scan(rows: NDArray[np.uint8], query: NDArray[np.uint8], apart: NDArray[Any]) -> None:
    """Write the Hamming distance of every code uint8[n_bytes, n] to one query uint8[n_bytes] into `apart` [n]."""
    n_bytes, byte = rows.shape[0], 0
    apart[:] = 0
    while byte + 4 <= n_bytes:
        _add_4(rows, query, byte, apart)
        byte += 4
    while byte < n_bytes:
        row, of = rows[byte], query[byte]
        for j in range(apart.size):
            apart[j] += bits_apart(row[j], of)
        byte += 1


@njit(nogil=True, cache=True)
def _add_4(rows: NDArray[np.uint8], query: NDArray[np.uint8], byte: int, apart: NDArray[Any]) -> None:
    """Add four bytes' distances: fewer passes over `apart` than one byte at a time."""
    row_0, row_1, row_2, row_3 = rows[byte], rows[byte + 1], rows[byte + 2], rows[byte + 3]
    of_0, of_1, of_2, of_3 = query[byte], query[byte + 1], query[byte + 2], query[byte + 3]
    for j in range(apart.size):
        low = plus(bits_apart(row_0[j], of_0), bits_apart(row_1[j], of_1))
        high = plus(bits_apart(row_2[j], of_2), bits_apart(row_3[j], of_3))
        apart[j] += plus(low, high)


@njit(nogil=True, cache=True)
def count_at(
    blocks: NDArray[np.uint8],
    tail: NDArray[np.uint8],
    queries: NDArray[np.uint8],
    distances: NDArray[np.int64],
    counts: NDArray[np.int64],
    room: NDArray[Any],
) -> None:
    """Write how many codes lie at `distances` [n_queries] from each query into `counts` [n_queries].

    `room` holds a distance for each item of a block: uint16[block].
    """
    counts[:] = 0
    for block in range(blocks.shape[0] + 1):
        rows = blocks[block] if block < blocks.shape[0] else tail
        here = room[: rows.shape[1]]
        for q in range(queries.shape[0]):
            scan(rows, queries[q], here)
            at = room.dtype.type(distances[q])
            for j in range(here.size):
                counts[q] += here[j] == at


@njit(nogil=True, cache=True)
def count_listed_at(
    blocks: NDArray[np.uint8],
    tail: NDArray[np.uint8],
    queries: NDArray[np.uint8],
    distances: NDArray[np.int64],
    listed_from: NDArray[np.int64],
    listed: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> None:
    """Write how many of each query's `listed[listed_from[q]:listed_from[q + 1]]` lie at its distance."""
    size = blocks.shape[2]
    for q in range(queries.shape[0]):
        counts[q] = 0
        for place in range(listed_from[q], listed_from[q + 1]):
            block, j = divmod(listed[place], size)
            rows = blocks[block] if block < blocks.shape[0] else tail
            apart = 0
            for byte in range(rows.shape[0]):
                apart += bits_apart(rows[byte, j], queries[q, byte])
            counts[q] += apart == distances[q]
