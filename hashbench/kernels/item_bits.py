"""Sets of items as bits of words: item i is bit i % 64 of word i // 64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.popcount import ctz, popcount

SPARE = 2
"""Entries that `list_items` may write beyond the last item. Always writing two per word costs less than a branch."""


class ItemLists(NamedTuple):
    """Items of each query, in ascending order: `items[starts[q]:starts[q + 1]]` for query q.

    `starts` is int64[n_queries + 1], `items` int32.
    """

    starts: NDArray[np.int64]
    items: NDArray[np.int32]


@njit(nogil=True, inline="always")
def existing_items(start: int, n_items: int) -> np.uint64:
    """Return the word that begins with item `start`, with a one for each item below `n_items`."""
    n = min(n_items - start, 64)
    return ~np.uint64(0) >> np.uint64(64 - n) if n > 0 else np.uint64(0)


@njit(nogil=True, inline="always")
def mask_excluded(excluded: NDArray[np.int32], position: int, end: int, start: int, items: NDArray[np.uint64]) -> int:
    """Clear the bits of excluded items in `items`, whose first word begins with item `start`.

    Entries `position:end` of `excluded` are read as far as needed. Returns the position of the first unread one.
    """
    stop = start + 64 * items.size
    while position < end and excluded[position] < stop:
        offset = excluded[position] - start
        if offset >= 0:
            items[offset >> 6] &= ~(np.uint64(1) << np.uint64(offset & 63))
        position += 1
    return position


@njit(nogil=True, cache=True)
def keep_first(items: NDArray[np.uint64], n: int) -> None:
    """Clear all bits but the first `n` ones."""
    for word in range(items.size):
        n_here = popcount(items[word])
        if n_here > n:
            rest = items[word]
            for _ in range(n):
                rest &= rest - np.uint64(1)
            items[word] ^= rest
            items[word + 1 :] = 0
            return
        n -= n_here


@njit(nogil=True, cache=True)
def list_items(items: NDArray[np.uint64], numbers: NDArray[np.int32]) -> int:
    """Write the numbers of the items in ascending order, and return how many; `numbers` has `SPARE` more entries."""
    n = 0
    for word in range(items.size):
        rest, start = items[word], 64 * word
        n_here = popcount(rest)
        numbers[n] = start + ctz(rest)
        rest &= rest - np.uint64(1)
        numbers[n + 1] = start + ctz(rest)
        for j in range(2, n_here):
            rest &= rest - np.uint64(1)
            numbers[n + j] = start + ctz(rest)
        n += n_here
    return n


@njit(nogil=True, inline="always")
def total_of(totals: NDArray[np.uint64], step: int, word: int, bit: int) -> np.int64:
    """Return one item's total; `totals` uint64[n_steps, n_digits, words] holds a binary digit of each in one bit.

    The eight digits that all totals have stand in one expression, which LLVM overlaps.
    """
    at, lowest_bit = np.uint64(bit), np.uint64(1)
    total = (
        (totals[step, 0, word] >> at & lowest_bit)
        | (totals[step, 1, word] >> at & lowest_bit) << lowest_bit
        | (totals[step, 2, word] >> at & lowest_bit) << np.uint64(2)
        | (totals[step, 3, word] >> at & lowest_bit) << np.uint64(3)
        | (totals[step, 4, word] >> at & lowest_bit) << np.uint64(4)
        | (totals[step, 5, word] >> at & lowest_bit) << np.uint64(5)
        | (totals[step, 6, word] >> at & lowest_bit) << np.uint64(6)
        | (totals[step, 7, word] >> at & lowest_bit) << np.uint64(7)
    )
    for digit in range(8, totals.shape[1]):
        total |= (totals[step, digit, word] >> at & lowest_bit) << np.uint64(digit)
    return np.int64(total)
