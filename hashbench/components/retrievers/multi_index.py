"""Exact search by Hamming distance with multi-index hashing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hashbench.components.retrievers.base import BaseRetriever
from hashbench.components.retrievers.hamming import Hamming, HammingIndex
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.kernels.blocks import in_blocks
from hashbench.kernels.item_bits import ItemLists
from hashbench.kernels.multi_index import WIDEST, ChunkTables, chunks_for, count_at, hamming_knn, in_words
from hashbench.protocols import FloatArray, Hashed, Part, Ranking, RunContext

BLOCK = 64
"""Queries per block."""

N_PROBES = 64
"""Items whose nearest neighbour is searched for at building time, to compare look-ups with a scan."""

STEP_BYTES = 1536
"""Rough cost of a look-up: a scan passes so many bytes of codes in the same time, and 8 more per byte of a code."""


@dataclass(frozen=True)
class MultiIndex(BaseRetriever):
    """Hamming distance by tables of substrings: multi-index hashing (Norouzi, Punjani and Fleet, CVPR 2012).

    It ranks like `hamming`. It is faster if the nearest items lie at small distances, and takes more memory.
    """

    name: ClassVar[str] = "multi_index"
    needs: ClassVar[frozenset[Part]] = frozenset({"codes"})
    shardable: ClassVar[bool] = True

    chunks: Annotated[
        int,
        Field(ge=0, description=f"substrings per code; 0: about log2(items) bits each; at most {WIDEST} bits each"),
    ] = 0
    fallback: Annotated[
        bool,
        Field(description="scan all codes if a query's look-ups would take longer; always, if most items' would"),
    ] = True

    def build(self, items: Hashed, ctx: RunContext) -> ChunkedIndex | HammingIndex:
        """Build the tables of chunks; or return the scan alone, if most items' nearest neighbours are too far."""
        assert items.codes is not None
        codes = items.codes
        n_bits, n_items = codes.n_bits, len(codes)
        chunks = self.chunks or chunks_for(n_bits, n_items)
        tables = ChunkTables.of(codes, min(max(chunks, -(-n_bits // WIDEST)), n_bits))
        if not self.fallback:
            return ChunkedIndex(tables, None, ctx.threads)
        scan = Hamming().build(items, ctx)
        index = ChunkedIndex(tables, scan, ctx.threads)
        probes = codes.take(np.linspace(0, n_items - 1, min(N_PROBES, n_items)).astype(np.int64))
        # k = 2: each probe finds itself and its nearest neighbour.
        answered = index.look_up(probes, 2, Interactions.empty(len(probes), n_items))[2]
        return index if 2 * answered.sum() > len(probes) else scan


@dataclass(frozen=True, eq=False)
class ChunkedIndex:
    """The tables, and a scan for queries whose look-ups would take longer; None: always look up.

    The scan has its own layout of the codes, so they are held twice.
    """

    tables: ChunkTables
    scan: HammingIndex | None
    threads: int

    @property
    def nbytes(self) -> int:
        """Memory of codes, tables and the scan's codes."""
        return self.tables.nbytes + (0 if self.scan is None else self.scan.nbytes)

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank by Hamming distance; a score is the distance negated."""
        assert queries.codes is not None
        items, distances, answered = self.look_up(queries.codes, k, exclude)
        if self.scan is not None and not answered.any():
            return self.scan.search(queries, k, exclude)
        scores = np.where(items < 0, -np.inf, -distances).astype(np.float32)
        if self.scan is not None and not answered.all():
            rest = np.flatnonzero(~answered)
            scanned = self.scan.search(queries.take(rest), k, exclude.select(rest))
            items[rest], scores[rest] = scanned.items, scanned.scores
        return Ranking(items, scores)

    def look_up(
        self, codes: Codes, k: int, exclude: Interactions
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
        """Return items and distances, both int32[n_queries, k], and which queries were answered: bool[n_queries].

        Rows of unanswered queries are undefined.
        """
        tables, queries = self.tables, self._words(codes)
        items, distances = (np.empty((len(codes), k), np.int32) for _ in range(2))
        answered = np.empty(len(codes), np.bool_)
        n_items, n_bytes = len(tables.words), codes.packed.shape[1]
        budget = np.iinfo(np.int64).max if self.scan is None else n_items * n_bytes // (STEP_BYTES + 8 * n_bytes)

        def search_block(block: slice) -> None:
            hamming_knn(
                tables,
                queries[block],
                exclude.indptr[block.start : block.stop + 1],
                exclude.indices,
                budget,
                items[block],
                distances[block],
                answered[block],
            )

        in_blocks(len(codes), BLOCK, self.threads, search_block)
        return items, distances, answered

    def count_ties(
        self, queries: Hashed, scores: FloatArray, exclude: Interactions, relevant: Interactions
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count the items at a distance. A score of -inf counts none."""
        assert queries.codes is not None
        words = self._words(queries.codes)
        distances = np.where(np.isneginf(scores), -1, -scores).astype(np.int64)
        counts, n_relevant = (np.empty(len(words), np.int64) for _ in range(2))

        def count_block(block: slice) -> None:
            rows = slice(block.start, block.stop + 1)
            count_at(
                self.tables.words,
                words[block],
                distances[block],
                ItemLists(exclude.indptr[rows], exclude.indices),
                ItemLists(relevant.indptr[rows], relevant.indices),
                counts[block],
                n_relevant[block],
            )

        in_blocks(len(words), BLOCK, self.threads, count_block)
        return counts, n_relevant

    def _words(self, codes: Codes) -> NDArray[np.unsignedinteger]:
        """Return queries as words uint[n_queries, n_words]. Raises `ValueError` if their length is not the items'."""
        n_bits = self.tables.bounds[-1]
        if codes.n_bits != n_bits:
            raise ValueError(f"queries of {codes.n_bits} bits do not fit items of {n_bits}")
        return in_words(codes)
