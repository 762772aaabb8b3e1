"""Bases of the indexes: threads, seen items, ties, short rankings and memory."""

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
from hashbench_faiss.bases import float_embeddings, packed_codes
from hashbench_faiss.library import faiss
from hashbench_faiss.ranking import rank

BLOCK = 64
"""Queries per block."""

Vectors = NDArray[np.uint8] | NDArray[np.float32]

Matches = tuple[NDArray[Any], IntArray]
"""Matches of n queries: distances int32 or inner products float32 [n, width], and items [n, width], -1 for none."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit faiss to one thread within the block. The setting belongs to the calling thread and is restored.

    Indexes are built on one thread, because k-means and the links of a graph depend on the number of threads. They are
    searched on one thread, because hashbench itself distributes the blocks of a batch over threads.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def seed_of(ctx: RunContext) -> int:
    """Return the run's seed for faiss, below 2³¹."""
    return int(ctx.rng("faiss").integers(2**31))


@dataclass(frozen=True, eq=False)
class FaissIndex(ABC):
    """A faiss `index` of `n_items` items. The blocks of a batch are distributed over `threads`."""

    index: Any
    n_items: int
    threads: int

    @cached_property
    def nbytes(self) -> int:
        """Memory of the index: the bytes that faiss writes to save it, computed once."""
        serialize = faiss.serialize_index_binary if self.is_binary else faiss.serialize_index
        return int(serialize(self.index).nbytes)

    @cached_property
    def is_binary(self) -> bool:
        """Whether it is an index of codes."""
        return isinstance(self.index, faiss.IndexBinary)

    @property
    def exact(self) -> Retriever:
        """The exact retriever that it approximates."""
        return Hamming() if self.is_binary else Continuous()

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank; of equal scores the lower item number comes first.

        A query that gets fewer than k items is searched again thoroughly, so a ranking is as long as the catalogue
        allows. The ranking of a query does not depend on its batch.
        """
        vectors, counts = self.vectors(queries), exclude.counts
        items, scores = np.full((len(vectors), k), -1, np.int32), np.full((len(vectors), k), -np.inf, np.float32)
        sign = -1.0 if self.is_binary else 1.0
        n_available = np.minimum(k, self.n_items - counts)

        def search_block(block: slice) -> None:
            rows = np.arange(block.start, block.stop)
            with one_thread():
                for thorough in (False, True):
                    for part, (values, matches) in self.matches(vectors, rows, k, exclude, thorough):
                        rank(values, matches, sign, part, exclude.indptr, exclude.indices, items, scores)
                    last = n_available[rows]
                    rows = rows[(last > 0) & (items[rows, last - 1] < 0)]
                    if not rows.size:
                        return

        if self.n_items:
            in_blocks(len(vectors), BLOCK, self.threads, search_block)
        return Ranking(items, scores)

    def vectors(self, queries: Hashed) -> Vectors:
        """Return the queries as faiss reads them, one row per query."""
        return packed_codes(queries) if self.is_binary else float_embeddings(queries)

    @abstractmethod
    def matches(
        self, vectors: Vectors, rows: IntArray, k: int, exclude: Interactions, thorough: bool
    ) -> Iterator[tuple[IntArray, Matches]]:
        """Search for these rows of the vectors. Yields some rows with their matches, which may include seen items."""


class FetchingIndex(FaissIndex):
    """Base of indexes that fetch as many extra items as the query has seen items, and drop the seen ones.

    It serves indexes without a selector of items, and those that a selector slows down: faiss checks it for each item.
    """

    def matches(
        self, vectors: Vectors, rows: IntArray, k: int, exclude: Interactions, thorough: bool
    ) -> Iterator[tuple[IntArray, Matches]]:
        """Search for queries together that fetch equally many items."""
        rows_by_width: dict[int, list[int]] = {}
        n_seen = exclude.indptr[rows + 1] - exclude.indptr[rows]
        for row, seen in zip(rows.tolist(), n_seen.tolist(), strict=True):
            rows_by_width.setdefault(min(round_up(k + seen), self.n_items), []).append(row)
        for fetched, width_rows in rows_by_width.items():
            step = self.batch_size(fetched)
            for start in range(0, len(width_rows), step):
                part = np.array(width_rows[start : start + step])
                yield part, self.fetch(vectors[part], fetched, thorough)

    def batch_size(self, fetched: int) -> int:
        """Return the number of queries per call of faiss."""
        return BLOCK

    @abstractmethod
    def fetch(self, vectors: Vectors, fetched: int, thorough: bool) -> Matches:
        """Fetch so many items per query from faiss."""


class SelectingIndex(FaissIndex):
    """Base of indexes that give faiss a selector, so that walks pass through seen items but never return them."""

    def matches(
        self, vectors: Vectors, rows: IntArray, k: int, exclude: Interactions, thorough: bool
    ) -> Iterator[tuple[IntArray, Matches]]:
        """Search for one query after the other."""
        for row in rows.tolist():
            seen = exclude.row(row)
            selector = faiss.IDSelectorNot(faiss.IDSelectorBatch(seen.astype(np.int64))) if seen.size else None
            yield np.array([row]), self.select(vectors[row : row + 1], min(k, self.n_items), selector, thorough)

    @abstractmethod
    def select(self, vectors: Vectors, k: int, selector: Any, thorough: bool) -> Matches:
        """Fetch k of the selected items from faiss."""


def round_up(size: int) -> int:
    """Round up by at most a quarter, so that many queries fetch equally many items."""
    step = max(1, (1 << (size - 1).bit_length()) // 8)
    return -(-size // step) * step
