"""Exact search by Hamming distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hashbench.data.interactions import IntArray, Interactions
from hashbench.kernels.blocks import in_blocks
from hashbench.protocols import FloatArray, Hashed, RunContext
from hashbench_faiss.bases import CodeRetriever, packed_codes
from hashbench_faiss.library import faiss
from hashbench_faiss.search import BLOCK, FetchingIndex, Matches, one_thread

COUNTING_BYTES = 1 << 26
"""Memory that faiss may use to count items by distance."""


@dataclass(frozen=True)
class BinaryFlat(CodeRetriever):
    """Hamming distance to every item's code: IndexBinaryFlat of faiss, the same rankings as `hamming`.

    faiss counts instead of using its heap: it scans items in the order of their numbers and keeps the first k at each
    distance. So of equally distant items the lower numbers are kept, which the heap does not guarantee. The search
    fetches as many extra items as the query has seen items, and drops the seen ones.
    """

    name: ClassVar[str] = "faiss_binary_flat"

    def build(self, items: Hashed, ctx: RunContext) -> BinaryFlatIndex:
        """Keep the items' codes."""
        codes = packed_codes(items)
        index = faiss.IndexBinaryFlat(8 * codes.shape[1])
        index.use_heap = False
        index.add(codes)
        return BinaryFlatIndex(index, len(codes), ctx.threads)


class BinaryFlatIndex(FetchingIndex):
    """An index that scans all codes."""

    def batch_size(self, fetched: int) -> int:
        """Few if many items are fetched: faiss allocates room for all of them at each distance."""
        room = 8 * fetched * (int(self.index.d) + 1)
        return min(BLOCK, max(1, COUNTING_BYTES // room))

    def fetch(self, vectors: Any, fetched: int, thorough: bool) -> Matches:
        """Scan."""
        matches: Matches = self.index.search(vectors, fetched)
        return matches

    def count_ties(
        self, queries: Hashed, scores: FloatArray, exclude: Interactions, relevant: Interactions
    ) -> tuple[IntArray, IntArray]:
        """Count the items at a distance, for metrics that handle ties. A score of -inf counts none."""
        codes = packed_codes(queries)
        n_tied, n_relevant = np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)

        def count_block(block: slice) -> None:
            with one_thread():
                for row in range(block.start, block.stop):
                    if np.isneginf(scores[row]):
                        continue
                    distance = int(-scores[row])
                    _, distances, items = self.index.range_search(codes[row : row + 1], distance + 1)
                    tied = items[distances == distance]
                    tied = tied[np.isin(tied, exclude.row(row), invert=True)]
                    n_tied[row], n_relevant[row] = tied.size, np.isin(tied, relevant.row(row)).sum()

        in_blocks(len(codes), BLOCK, self.threads, count_block)
        return n_tied, n_relevant
