"""Candidates by Hamming distance, re-ranked by inner product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hashbench.codes.aligned import aligned
from hashbench.codes.kernels import inner_products, rank_candidates
from hashbench.codes.nearest import nearest_codes
from hashbench.data.interactions import Interactions
from hashbench.protocols import FloatArray, Hashed, Part, Ranking, RunContext
from hashbench.retrievers.batches import in_blocks
from hashbench.retrievers.hamming import Hamming, HammingIndex

BLOCK = 128
"""Queries of one go: the more, the more often an embedding is in the cache."""


@dataclass(frozen=True)
class Hierarchical:
    """The nearest `candidates` items by Hamming distance, ranked by their embeddings (HashGNN, section 3.5)."""

    name: ClassVar[str] = "hierarchical"

    candidates: Annotated[int, Field(ge=1, description="items taken by Hamming distance; at least k")] = 500

    @property
    def needs(self) -> frozenset[Part]:
        """Codes and embeddings."""
        return frozenset({"codes", "dense"})

    @property
    def max_k(self) -> int:
        """As many as it takes for candidates."""
        return self.candidates

    def build(self, items: Hashed, ctx: RunContext) -> HierarchicalIndex:
        """Keep codes and embeddings."""
        assert items.dense is not None
        codes = Hamming().build(items, ctx)
        return HierarchicalIndex(codes, aligned(items.dense, np.float32), self.candidates)


@dataclass(frozen=True, eq=False)
class HierarchicalIndex:
    """The index of the codes, and `dense` float32[n_items, dim]."""

    codes: HammingIndex
    dense: FloatArray
    candidates: int

    @property
    def nbytes(self) -> int:
        """Memory of codes and embeddings."""
        return self.codes.nbytes + self.dense.nbytes

    def take_candidates(self, queries: Hashed, exclude: Interactions) -> None:
        """Find the nearest items by Hamming distance, for their time."""

        def take_block(block: slice) -> None:
            self._nearest(queries, exclude, block, np.empty((block.stop - block.start, self._width), np.int32))

        in_blocks(len(queries), BLOCK, self.codes.threads, take_block)

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank the candidates by inner product."""
        assert queries.dense is not None
        users = np.ascontiguousarray(queries.dense, np.float32)
        items, best = np.empty((len(users), k), np.int32), np.empty((len(users), k), np.float32)

        def rank_block(block: slice) -> None:
            candidates = np.empty((block.stop - block.start, self._width), np.int32)
            scores = np.empty(candidates.shape, np.float32)
            self._nearest(queries, exclude, block, candidates)
            inner_products(users[block], self.dense, candidates, scores)
            rank_candidates(scores, candidates, items[block], best[block])

        in_blocks(len(users), BLOCK, self.codes.threads, rank_block)
        return Ranking(items, best)

    @property
    def _width(self) -> int:
        return min(self.candidates, len(self.dense))

    def _nearest(self, queries: Hashed, exclude: Interactions, block: slice, candidates: NDArray[np.int32]) -> None:
        assert queries.codes is not None
        seen_from = exclude.indptr[block.start : block.stop + 1]
        nearest_codes(self.codes.planes, queries.codes.take(block), seen_from, exclude.indices, candidates)
