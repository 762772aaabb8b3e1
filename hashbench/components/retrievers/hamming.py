"""Exact search by Hamming distance of packed codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hashbench.components.retrievers.base import BaseRetriever
from hashbench.data.interactions import Interactions
from hashbench.kernels.bit_planes import BitPlanes
from hashbench.kernels.blocks import in_blocks
from hashbench.kernels.hamming_scan import count_at, hamming_knn
from hashbench.protocols import FloatArray, Hashed, Part, Ranking, RunContext

BLOCK = 32
"""Queries per block; a block shares one pass over the codes."""


@dataclass(frozen=True)
class Hamming(BaseRetriever):
    """Hamming distance to every item's code, by a scan (HashGNN, section 3.5: Hamming space retrieval)."""

    name: ClassVar[str] = "hamming"
    needs: ClassVar[frozenset[Part]] = frozenset({"codes"})
    shardable: ClassVar[bool] = True

    def build(self, items: Hashed, ctx: RunContext) -> HammingIndex:
        """Lay the items' codes out for the scan."""
        assert items.codes is not None
        return HammingIndex(BitPlanes.of(items.codes), ctx.threads)


@dataclass(frozen=True, eq=False)
class HammingIndex:
    """The codes as bit planes."""

    planes: BitPlanes
    threads: int

    @property
    def nbytes(self) -> int:
        """Memory of the codes and of their popcounts."""
        return self.planes.nbytes

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank by Hamming distance; a score is the distance negated."""
        assert queries.codes is not None
        codes, planes = queries.codes, self.planes
        items, scores = np.empty((len(codes), k), np.int32), np.empty((len(codes), k), np.float32)
        if len(codes) == 1:  # A single query takes microseconds: no blocks, no threads.
            hamming_knn(planes, codes, exclude.indptr, exclude.indices, items, scores)
            return Ranking(items, scores)

        def search_block(block: slice) -> None:
            seen_from = exclude.indptr[block.start : block.stop + 1]
            hamming_knn(planes, codes.take(block), seen_from, exclude.indices, items[block], scores[block])

        in_blocks(len(codes), BLOCK, self.threads, search_block)
        return Ranking(items, scores)

    def count_ties(
        self, queries: Hashed, scores: FloatArray, exclude: Interactions, relevant: Interactions
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count the items at a distance. A score of -inf counts none."""
        assert queries.codes is not None
        codes, planes = queries.codes, self.planes
        distances = np.where(np.isneginf(scores), -1, -scores).astype(np.int64)
        n_total, n_seen, n_relevant = (np.empty(len(queries), np.int64) for _ in range(3))

        def count_block(block: slice) -> None:
            for rows, counts in ((exclude, n_seen), (relevant, n_relevant)):
                listed_from = rows.indptr[block.start : block.stop + 1]
                n_total[block], counts[block] = count_at(
                    planes, codes.take(block), distances[block], listed_from, rows.indices
                )

        in_blocks(len(queries), BLOCK, self.threads, count_block)
        return n_total - n_seen, n_relevant
