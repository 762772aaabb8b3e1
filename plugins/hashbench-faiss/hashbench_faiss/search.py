"""What the indexes have in common: threads, seen items, ties, short rankings, memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.components.retrievers.continuous import Continuous
from hashbench.components.retrievers.hamming import Hamming
from hashbench.data.interactions import IntArray, Interactions
from hashbench.kernels.blocks import in_blocks
from hashbench.protocols import Hashed, Ranking, Retriever, RunContext
from hashbench_faiss.library import faiss
from hashbench_faiss.over import code_rows, dense_rows
from hashbench_faiss.ranked import rank

BLOCK = 64
"""Queries that a thread takes at a time."""

Vectors = NDArray[np.uint8] | NDArray[np.float32]

Found = tuple[NDArray[Any], IntArray]
"""What faiss gives: distances int32 or inner products float32 [n, width], and items alike, -1 where there is none."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let faiss use one thread within; the setting is this thread's own and is put back.

    Indexes are built so, because k-means and the links of a graph depend on the number of threads, and searched so,
    because hashbench shares the blocks of a batch between threads itself.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def seed_of(ctx: RunContext) -> int:
    """Return the seed of the run as faiss takes it."""
    return int(ctx.rng("faiss").integers(2**31))


@dataclass(frozen=True, eq=False)
class FaissIndex(ABC):
    """`index` is faiss's, over `n_items` items; `threads` share a batch."""

    index: Any
    n_items: int
    threads: int

    @cached_property
    def nbytes(self) -> int:
        """Memory of the index: what faiss writes to save it, counted once."""
        serialize = faiss.serialize_index_binary if self.is_binary else faiss.serialize_index
        return int(serialize(self.index).nbytes)

    @cached_property
    def is_binary(self) -> bool:
        """Whether it is searched by codes."""
        return isinstance(self.index, faiss.IndexBinary)

    @property
    def exact(self) -> Retriever:
        """The search that it approximates."""
        return Hamming() if self.is_binary else Continuous()

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank; equal scores go to the lower item number.

        A query that comes short of k items is asked again, thoroughly: only what is not there is missing. The answer
        to a query depends on that query alone, not on its batch.
        """
        vectors, counts = self.vectors(queries), exclude.counts
        items, scores = np.full((len(vectors), k), -1, np.int32), np.full((len(vectors), k), -np.inf, np.float32)
        sign = -1.0 if self.is_binary else 1.0
        left = np.minimum(k, self.n_items - counts)

        def search_block(block: slice) -> None:
            rows = np.arange(block.start, block.stop)
            with one_thread():
                for thorough in (False, True):
                    for part, (values, found) in self.answers(vectors, rows, k, exclude, thorough):
                        rank(values, found, sign, part, exclude.indptr, exclude.indices, items, scores)
                    last = left[rows]
                    rows = rows[(last > 0) & (items[rows, last - 1] < 0)]
                    if not rows.size:
                        return

        if self.n_items:
            in_blocks(len(vectors), BLOCK, self.threads, search_block)
        return Ranking(items, scores)

    def vectors(self, queries: Hashed) -> Vectors:
        """Return the queries as faiss takes them, a row each."""
        return code_rows(queries) if self.is_binary else dense_rows(queries)

    @abstractmethod
    def answers(
        self, vectors: Vectors, rows: IntArray, k: int, exclude: Interactions, thorough: bool
    ) -> Iterator[tuple[IntArray, Found]]:
        """Ask faiss for these rows of the vectors; yields some of them with what it found, seen items perhaps too."""


class FetchingIndex(FaissIndex):
    """Fetches as many items more as a query has seen, for these are dropped.

    For indexes that know no selector of items, or are slower with one: it is asked of every item that is scanned.
    """

    def answers(
        self, vectors: Vectors, rows: IntArray, k: int, exclude: Interactions, thorough: bool
    ) -> Iterator[tuple[IntArray, Found]]:
        """Ask for queries together that fetch equally many."""
        alike: dict[int, list[int]] = {}
        n_seen = exclude.indptr[rows + 1] - exclude.indptr[rows]
        for row, seen in zip(rows.tolist(), n_seen.tolist(), strict=True):
            alike.setdefault(min(rounded(k + seen), self.n_items), []).append(row)
        for fetched, same in alike.items():
            step = self.at_once(fetched)
            for start in range(0, len(same), step):
                part = np.array(same[start : start + step])
                yield part, self.fetch(vectors[part], fetched, thorough)

    def at_once(self, fetched: int) -> int:
        """Return how many queries faiss is asked for at a time."""
        return BLOCK

    @abstractmethod
    def fetch(self, vectors: Vectors, fetched: int, thorough: bool) -> Found:
        """Ask faiss for so many items."""


class SelectingIndex(FaissIndex):
    """Gives faiss each query's seen items as a selector, so that they are walked through but never found."""

    def answers(
        self, vectors: Vectors, rows: IntArray, k: int, exclude: Interactions, thorough: bool
    ) -> Iterator[tuple[IntArray, Found]]:
        """Ask for one query after the other."""
        for row in rows.tolist():
            seen = exclude.row(row)
            selector = faiss.IDSelectorNot(faiss.IDSelectorBatch(seen.astype(np.int64))) if seen.size else None
            yield np.array([row]), self.select(vectors[row : row + 1], min(k, self.n_items), selector, thorough)

    @abstractmethod
    def select(self, vectors: Vectors, k: int, selector: Any, thorough: bool) -> Found:
        """Ask faiss for k of the items that the selector lets through."""


def rounded(size: int) -> int:
    """Round up by a quarter at most, so that many queries fetch equally many."""
    step = max(1, (1 << (size - 1).bit_length()) // 8)
    return -(-size // step) * step
