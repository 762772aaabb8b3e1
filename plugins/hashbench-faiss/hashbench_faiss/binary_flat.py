"""Exact search by Hamming distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hashbench.data.interactions import IntArray, Interactions
from hashbench.kernels.blocks import in_blocks
from hashbench.protocols import FloatArray, Hashed, RunContext
from hashbench_faiss.library import faiss
from hashbench_faiss.over import OverCodes, code_rows
from hashbench_faiss.search import BLOCK, FetchingIndex, Found, one_thread

COUNTING_BYTES = 1 << 26


@dataclass(frozen=True)
class BinaryFlat(OverCodes):
    """Hamming distance to every item's code: IndexBinaryFlat of faiss, the same rankings as `hamming`.

    faiss counts here: it scans the items in order of their number and keeps the first k at each distance. So where
    more items are equally far than there is room for, the lower numbers come, which its other way, a heap, does not
    say of itself. As many more are fetched as the query has seen, and these are dropped.
    """

    name: ClassVar[str] = "faiss_binary_flat"

    def build(self, items: Hashed, ctx: RunContext) -> BinaryFlatIndex:
        """Keep the items' codes."""
        codes = code_rows(items)
        index = faiss.IndexBinaryFlat(8 * codes.shape[1])
        index.use_heap = False
        index.add(codes)
        return BinaryFlatIndex(index, len(codes), ctx.threads)


class BinaryFlatIndex(FetchingIndex):
    """All codes, one after the other."""

    def at_once(self, fetched: int) -> int:
        """Few where many items are fetched: faiss makes room for so many at each distance."""
        room = 8 * fetched * (int(self.index.d) + 1)
        return min(BLOCK, max(1, COUNTING_BYTES // room))

    def fetch(self, vectors: Any, fetched: int, thorough: bool) -> Found:
        """Scan."""
        found: Found = self.index.search(vectors, fetched)
        return found

    def count_ties(
        self, queries: Hashed, scores: FloatArray, exclude: Interactions, relevant: Interactions
    ) -> tuple[IntArray, IntArray]:
        """Count the items at a distance, which metrics that look at ties ask for; a score of -inf has none."""
        codes = code_rows(queries)
        tied, found = np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)

        def count_block(block: slice) -> None:
            with one_thread():
                for row in range(block.start, block.stop):
                    if np.isneginf(scores[row]):
                        continue
                    distance = int(-scores[row])
                    _, distances, items = self.index.range_search(codes[row : row + 1], distance + 1)
                    at = items[distances == distance]
                    at = at[np.isin(at, exclude.row(row), invert=True)]
                    tied[row], found[row] = at.size, np.isin(at, relevant.row(row)).sum()

        in_blocks(len(codes), BLOCK, self.threads, count_block)
        return tied, found
