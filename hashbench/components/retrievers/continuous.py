"""Exact search by inner product of float embeddings: the float baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hashbench.components.retrievers.base import BaseRetriever
from hashbench.components.retrievers.faiss_flat import FaissFlatIndex
from hashbench.data.interactions import Interactions
from hashbench.kernels.blocks import in_blocks, scratch
from hashbench.kernels.top_k import top_k
from hashbench.protocols import FloatArray, Hashed, Index, Part, Ranking, RunContext

BLOCK_BYTES = 1 << 25
"""Bytes of a block's scores."""


@dataclass(frozen=True)
class Continuous(BaseRetriever):
    """Exact inner products with all items' embeddings: a BLAS product per block, then the k largest of each row.

    faiss IndexFlatIP is timed as well, and the faster of the two is the float baseline.
    """

    name: ClassVar[str] = "continuous"
    needs: ClassVar[frozenset[Part]] = frozenset({"embeddings"})
    shardable: ClassVar[bool] = True

    def build(self, items: Hashed, ctx: RunContext) -> ContinuousIndex:
        """Keep the items' embeddings."""
        assert items.embeddings is not None
        return ContinuousIndex(np.ascontiguousarray(items.embeddings, np.float32), ctx.threads)


@dataclass(frozen=True, eq=False)
class ContinuousIndex:
    """`embeddings` float32[n_items, dim]."""

    embeddings: FloatArray
    threads: int

    @property
    def nbytes(self) -> int:
        """Memory of the embeddings."""
        return self.embeddings.nbytes

    def backends(self) -> Mapping[str, Index]:
        """Return this search and faiss's."""
        return {"blas": self, "faiss": FaissFlatIndex(self.embeddings, self.threads)}

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank by inner product."""
        assert queries.embeddings is not None
        users = queries.embeddings
        n_queries, n_items = users.shape[0], self.embeddings.shape[0]
        items, best = np.empty((n_queries, k), np.int32), np.empty((n_queries, k), np.float32)
        numbers = np.arange(n_items, dtype=np.int32)[None]
        rows, indptr = exclude.users(), exclude.indptr

        def search_block(block: slice) -> None:
            scores = np.matmul(users[block], self.embeddings.T, out=scratch(block.stop - block.start, n_items))
            seen = slice(indptr[block.start], indptr[block.stop])
            scores[rows[seen] - block.start, exclude.indices[seen]] = -np.inf
            top_k(scores, numbers, items[block], best[block])

        in_blocks(n_queries, max(1, BLOCK_BYTES // (4 * max(n_items, 1))), self.threads, search_block)
        return Ranking(items, best)
