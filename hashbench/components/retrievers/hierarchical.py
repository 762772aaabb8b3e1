"""Candidates by Hamming distance, re-ranked by inner product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hashbench.components.retrievers.base import BaseRetriever
from hashbench.components.retrievers.hamming import Hamming, HammingIndex
from hashbench.data.interactions import Interactions
from hashbench.kernels.aligned import aligned
from hashbench.kernels.blocks import in_blocks
from hashbench.kernels.hamming_scan import hamming_knn
from hashbench.kernels.top_k import inner_products, rank_candidates
from hashbench.protocols import FloatArray, Hashed, Index, NamedBackendIndex, Part, Ranking, RunContext

BLOCK = 128
"""Queries per block; larger blocks reuse cached embeddings."""


@dataclass(frozen=True)
class Hierarchical(BaseRetriever):
    """The nearest `candidates` items by Hamming distance, ranked by their embeddings (HashGNN, section 3.5)."""

    name: ClassVar[str] = "hierarchical"
    needs: ClassVar[frozenset[Part]] = frozenset({"codes", "embeddings"})

    candidates: Annotated[int, Field(ge=1, description="items retrieved by Hamming distance; at least k")] = 500

    @property
    def max_k(self) -> int:
        """The number of candidates."""
        return self.candidates

    def build(self, items: Hashed, ctx: RunContext) -> HierarchicalIndex:
        """Keep codes and embeddings."""
        assert items.embeddings is not None
        codes = Hamming().build(items, ctx)
        return HierarchicalIndex(codes, aligned(items.embeddings, np.float32), self.candidates)

    @property
    def candidate_retriever(self) -> Hamming:
        """The retriever that gives the candidates."""
        return Hamming()

    def rerank(self, candidate_index: Index, items: Hashed, ctx: RunContext) -> ReRankedIndex:
        """Keep the embeddings."""
        assert items.embeddings is not None
        return ReRankedIndex(candidate_index, aligned(items.embeddings, np.float32), self.candidates, ctx.threads)


@dataclass(frozen=True, eq=False)
class HierarchicalIndex:
    """An index of the codes, and `embeddings` float32[n_items, dim]."""

    codes: HammingIndex
    embeddings: FloatArray
    candidates: int

    @property
    def nbytes(self) -> int:
        """Memory of codes and embeddings."""
        return self.codes.nbytes + self.embeddings.nbytes

    def retrieve_candidates(self, queries: Hashed, exclude: Interactions) -> None:
        """Find the candidates, to time this stage."""

        def retrieve_block(block: slice) -> None:
            self._nearest(queries, exclude, block, np.empty((block.stop - block.start, self._width), np.int32))

        in_blocks(len(queries), BLOCK, self.codes.threads, retrieve_block)

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank the candidates by inner product."""

        def nearest(block: slice) -> NDArray[np.int32]:
            candidates = np.empty((block.stop - block.start, self._width), np.int32)
            self._nearest(queries, exclude, block, candidates)
            return candidates

        return _rank(queries, self.embeddings, nearest, k, self.codes.threads)

    @property
    def _width(self) -> int:
        return min(self.candidates, len(self.embeddings))

    def _nearest(self, queries: Hashed, exclude: Interactions, block: slice, candidates: NDArray[np.int32]) -> None:
        assert queries.codes is not None
        seen_from = exclude.indptr[block.start : block.stop + 1]
        hamming_knn(self.codes.planes, queries.codes.take(block), seen_from, exclude.indices, candidates)


@dataclass(frozen=True, eq=False)
class ReRankedIndex:
    """Any index of the codes, which gives the candidates, and `embeddings` float32[n_items, dim]."""

    codes: Index
    embeddings: FloatArray
    candidates: int
    threads: int

    @property
    def nbytes(self) -> int:
        """Memory of codes and embeddings."""
        return self.codes.nbytes + self.embeddings.nbytes

    @property
    def backend_name(self) -> str:
        """The name of the index that gives the candidates."""
        return self.codes.backend_name if isinstance(self.codes, NamedBackendIndex) else ""

    def retrieve_candidates(self, queries: Hashed, exclude: Interactions) -> NDArray[np.int32]:
        """Find the nearest items by Hamming distance: int32[n_queries, candidates]."""
        return self.codes.search(queries, min(self.candidates, len(self.embeddings)), exclude).items

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank the candidates by inner product."""
        candidates = np.ascontiguousarray(self.retrieve_candidates(queries, exclude))
        return _rank(queries, self.embeddings, candidates.__getitem__, k, self.threads)


def _rank(
    queries: Hashed, embeddings: FloatArray, candidates: Callable[[slice], NDArray[np.int32]], k: int, threads: int
) -> Ranking:
    """Rank each query's candidates by inner product; `candidates` returns those of a block of queries."""
    assert queries.embeddings is not None
    users = np.ascontiguousarray(queries.embeddings, np.float32)
    items, best = np.empty((len(users), k), np.int32), np.empty((len(users), k), np.float32)

    def rank_block(block: slice) -> None:
        block_candidates = candidates(block)
        scores = np.empty(block_candidates.shape, np.float32)
        inner_products(users[block], embeddings, block_candidates, scores)
        rank_candidates(scores, block_candidates, items[block], best[block])

    in_blocks(len(users), BLOCK, threads, rank_block)
    return Ranking(items, best)
