"""Candidates by Hamming distance, re-ranked by inner product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hashbench.codes.kernels import inner_products, rank_candidates
from hashbench.data.interactions import Interactions
from hashbench.protocols import FloatArray, Hashed, Part, Ranking, RunContext
from hashbench.retrievers.batches import in_blocks
from hashbench.retrievers.hamming import BLOCK, Hamming, HammingIndex


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
        return HierarchicalIndex(codes, np.ascontiguousarray(items.dense, np.float32), self.candidates)


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

    def take_candidates(self, queries: Hashed, exclude: Interactions) -> NDArray[np.int32]:
        """Return the nearest items by Hamming distance: int32[n_queries, candidates]."""
        assert queries.codes is not None
        return self.codes.search(queries, min(self.candidates, self.dense.shape[0]), exclude).items

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank the candidates by inner product."""
        assert queries.dense is not None
        users = np.ascontiguousarray(queries.dense, np.float32)
        n_queries = users.shape[0]
        candidates = self.take_candidates(queries, exclude)
        width = candidates.shape[1]
        items, best = np.empty((n_queries, k), np.int32), np.empty((n_queries, k), np.float32)

        def rank_block(block: slice) -> None:
            scores = np.empty((block.stop - block.start, width), np.float32)
            inner_products(users[block], self.dense, candidates[block], scores)
            rank_candidates(scores, candidates[block], items[block], best[block])

        in_blocks(n_queries, BLOCK, self.codes.threads, rank_block)
        return Ranking(items, best)
