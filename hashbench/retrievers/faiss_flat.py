"""Exact float search by faiss: the other engine of the float baseline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hashbench.codes.kernels import largest
from hashbench.data.interactions import Interactions
from hashbench.protocols import FloatArray, Hashed, Ranking


@dataclass(frozen=True, eq=False)
class FaissFlatIndex:
    """faiss IndexFlatIP over `dense` float32[n_items, dim].

    It knows no exclusion that is fast a query, so as many more items are fetched as the query with the most seen items
    leaves out, and these are dropped.
    """

    dense: FloatArray
    threads: int

    @cached_property
    def _flat(self) -> Any:
        import faiss

        flat = faiss.IndexFlatIP(self.dense.shape[1])
        flat.add(self.dense)
        return flat

    @property
    def nbytes(self) -> int:
        """Memory of the embeddings."""
        return self.dense.nbytes

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank by inner product."""
        import faiss

        assert queries.dense is not None
        users = np.ascontiguousarray(queries.dense, np.float32)
        n_queries, n_items = users.shape[0], self.dense.shape[0]
        counts = np.diff(exclude.indptr)
        fetched = min(n_items, k + int(counts.max(initial=0)))
        items, best = np.empty((n_queries, k), np.int32), np.empty((n_queries, k), np.float32)
        if not (fetched and n_queries):
            return Ranking(np.full_like(items, -1), np.full_like(best, -np.inf))
        faiss.omp_set_num_threads(min(self.threads, n_queries))
        scores, found = self._flat.search(users, fetched)
        numbers = found.astype(np.int32)
        for q in np.flatnonzero(counts):
            seen = exclude.indices[exclude.indptr[q] : exclude.indptr[q + 1]]
            numbers[q, np.isin(numbers[q], seen)] = -1
        largest(scores, numbers, items, best)
        return Ranking(items, best)
