"""Exact float search by faiss, the second backend of the float baseline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hashbench.data.interactions import Interactions
from hashbench.kernels.top_k import top_k
from hashbench.protocols import FloatArray, Hashed, Ranking


@dataclass(frozen=True, eq=False)
class FaissFlatIndex:
    """faiss IndexFlatIP over `embeddings` float32[n_items, dim].

    faiss has no exclusion that is fast for a single query. So the search fetches as many extra items as the query with
    the most seen items excludes, and drops the seen ones.
    """

    embeddings: FloatArray
    threads: int

    @cached_property
    def _flat(self) -> Any:
        import faiss

        flat = faiss.IndexFlatIP(self.embeddings.shape[1])
        flat.add(self.embeddings)
        return flat

    @property
    def nbytes(self) -> int:
        """Memory of the embeddings."""
        return self.embeddings.nbytes

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank by inner product."""
        import faiss

        assert queries.embeddings is not None
        users = np.ascontiguousarray(queries.embeddings, np.float32)
        n_queries, n_items = users.shape[0], self.embeddings.shape[0]
        counts = np.diff(exclude.indptr)
        fetched = min(n_items, k + int(counts.max(initial=0)))
        items, best = np.empty((n_queries, k), np.int32), np.empty((n_queries, k), np.float32)
        if not (fetched and n_queries):
            return Ranking(np.full_like(items, -1), np.full_like(best, -np.inf))
        faiss.omp_set_num_threads(min(self.threads, n_queries))
        scores, retrieved = self._flat.search(users, fetched)
        numbers = retrieved.astype(np.int32)
        for q in np.flatnonzero(counts):
            seen = exclude.indices[exclude.indptr[q] : exclude.indptr[q + 1]]
            numbers[q, np.isin(numbers[q], seen)] = -1
        top_k(scores, numbers, items, best)
        return Ranking(items, best)
