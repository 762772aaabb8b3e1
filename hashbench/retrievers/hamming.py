"""Exact search by Hamming distance of packed codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hashbench.codes.kernels import nearest_codes
from hashbench.codes.packed import Codes
from hashbench.data.interactions import Interactions
from hashbench.protocols import Hashed, Part, Ranking, RunContext
from hashbench.retrievers.batches import in_blocks

BLOCK = 256


@dataclass(frozen=True)
class Hamming:
    """Hamming distance to every item's code by XOR and popcount (HashGNN, section 3.5: Hamming space retrieval)."""

    name: ClassVar[str] = "hamming"

    @property
    def needs(self) -> frozenset[Part]:
        """Codes."""
        return frozenset({"codes"})

    @property
    def max_k(self) -> None:
        """The whole catalogue."""
        return

    def build(self, items: Hashed, ctx: RunContext) -> HammingIndex:
        """Lay the items' codes out word by word."""
        assert items.codes is not None
        return HammingIndex(np.ascontiguousarray(items.codes.words().T), items.codes.n_bits, ctx.threads)


@dataclass(frozen=True, eq=False)
class HammingIndex:
    """`words` uint32 or uint64[n_words, n_items]: the codes, first words first."""

    words: NDArray[np.unsignedinteger]
    n_bits: int
    threads: int

    @property
    def nbytes(self) -> int:
        """Memory of the codes."""
        return self.words.nbytes

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank by Hamming distance; a score is the distance negated."""
        assert queries.codes is not None
        items, distances = self.nearest(queries.codes, k, exclude)
        return Ranking(items, np.where(items < 0, -np.inf, -distances).astype(np.float32))

    def nearest(self, codes: Codes, k: int, exclude: Interactions) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return items and distances, both int32[n_queries, k], nearest first, -1 where there is none."""
        queries = codes.words()
        items, distances = (np.empty((len(codes), k), np.int32) for _ in range(2))

        def search_block(block: slice) -> None:
            seen = exclude.indptr[block.start : block.stop + 1]
            nearest_codes(
                self.words, queries[block], self.n_bits, seen, exclude.indices, items[block], distances[block]
            )

        in_blocks(len(codes), BLOCK, self.threads, search_block)
        return items, distances
