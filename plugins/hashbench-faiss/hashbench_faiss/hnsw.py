"""Approximate search by inner product: a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hashbench.protocols import Hashed, RunContext
from hashbench_faiss.graph import Graph, GraphIndex
from hashbench_faiss.library import faiss
from hashbench_faiss.over import OverDense, dense_rows, finite


@dataclass(frozen=True)
class HNSW(Graph, OverDense):
    """Inner product in a graph of embeddings (Malkov and Yashunin, TPAMI 2020): IndexHNSWFlat of faiss.

    Seen items are walked through but not found. A walk that comes short of k items is followed by a scan of all, and a
    catalogue of no more than `ef_search` items is only scanned. Which of the items whose score is the last one's
    come is faiss's choice; those that come are ranked by number. Items are linked by inner product too: where their
    lengths differ much, it takes a larger `ef_search`.
    """

    name: ClassVar[str] = "faiss_hnsw"

    def build(self, items: Hashed, ctx: RunContext) -> GraphIndex:
        """Link the items' embeddings."""
        embeddings = finite(dense_rows(items), self.name)
        index = faiss.IndexHNSWFlat(embeddings.shape[1], self.m, faiss.METRIC_INNER_PRODUCT)
        self.link(index, embeddings, ctx)
        return GraphIndex(index, len(embeddings), ctx.threads, self.ef_search)
