"""Work in blocks, shared between threads, and a buffer for each thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from numpy.typing import NDArray


def in_blocks(n_queries: int, block: int, threads: int, work: Callable[[slice], None]) -> None:
    """Call `work` with slices of at most `block` of `n_queries` rows, on `threads` threads."""
    if threads > 1:
        block = min(block, -(-n_queries // threads))
    slices = [slice(start, min(start + block, n_queries)) for start in range(0, n_queries, max(block, 1))]
    if threads == 1 or len(slices) < 2:
        for rows in slices:
            work(rows)
        return
    remaining = iter(slices)  # shared: a thread that has finished a block takes the next

    def work_off(_: int) -> None:
        for rows in remaining:
            work(rows)

    list(_pool(threads).map(work_off, range(threads)))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Return a pool that is kept: starting threads takes as long as a quick search."""
    return ThreadPoolExecutor(threads)


def scratch(n_rows: int, n_columns: int) -> NDArray[np.float32]:
    """Return an uninitialised float32[n_rows, n_columns] in a thread-local buffer; the next call reuses it.

    The buffer lives as long as the thread, at the largest size so far. The system provides a new large array page by
    page, which takes as much as a fifth of the time of the product written into it.
    """
    n = n_rows * n_columns
    if _local.buffer.size < n:
        _local.buffer = np.empty(n, np.float32)
    return _local.buffer[:n].reshape(n_rows, n_columns)


class _Local(threading.local):
    buffer = np.empty(0, np.float32)


_local = _Local()
