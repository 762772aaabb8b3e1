"""Queries in blocks, shared between threads, each with memory of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from numpy.typing import NDArray


def in_blocks(n_queries: int, block: int, threads: int, work: Callable[[slice], None]) -> None:
    """Call `work` with slices of at most `block` queries, on `threads` threads."""
    if threads > 1:
        block = min(block, -(-n_queries // threads))
    slices = [slice(start, min(start + block, n_queries)) for start in range(0, n_queries, max(block, 1))]
    if threads == 1 or len(slices) < 2:
        for one in slices:
            work(one)
        return
    left = iter(slices)  # shared: a thread that is done with one takes the next

    def share(_: int) -> None:
        for one in left:
            work(one)

    list(_pool(threads).map(share, range(threads)))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Keep the threads: starting them would take as long as a quick search."""
    return ThreadPoolExecutor(threads)


def scratch(n_rows: int, n_columns: int) -> NDArray[np.float32]:
    """Return float32[n_rows, n_columns], not cleared, in memory of the calling thread, which its next call gives again.

    It is kept as long as the thread, at the largest size asked for. A large array that is new costs the system a page
    at a time: as much as a fifth of the product written into it.
    """
    n = n_rows * n_columns
    if _mine.room.size < n:
        _mine.room = np.empty(n, np.float32)
    return _mine.room[:n].reshape(n_rows, n_columns)


class _Mine(threading.local):
    room = np.empty(0, np.float32)


_mine = _Mine()
