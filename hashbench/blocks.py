"""Queries in blocks, shared between threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache


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
