"""Approximate search by inner product: a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hashbench.protocols import Hashed, RunContext
from hashbench_faiss.bases import EmbeddingRetriever, checked_finite, float_embeddings
from hashbench_faiss.graph import Graph, GraphIndex
from hashbench_faiss.library import faiss


@dataclass(frozen=True)
class HNSW(Graph, EmbeddingRetriever):
    """Inner product in a graph of embeddings (Malkov and Yashunin, TPAMI 2020): IndexHNSWFlat of faiss.

    A walk passes through seen items but does not return them. If a walk returns fewer than k items, all items are
    scanned; a catalogue of at most `ef_search` items is scanned at once. If several items tie for the last rank, faiss
    chooses among them; returned ties are ranked by item number. Links follow inner products too, so embeddings of very
    different lengths need a larger `ef_search`.
    """

    name: ClassVar[str] = "faiss_hnsw"

    def build(self, items: Hashed, ctx: RunContext) -> GraphIndex:
        """Build the graph of the items' embeddings."""
        embeddings = checked_finite(float_embeddings(items), self.name)
        index = faiss.IndexHNSWFlat(embeddings.shape[1], self.m, faiss.METRIC_INNER_PRODUCT)
        self.link(index, embeddings, ctx)
        return GraphIndex(index, len(embeddings), ctx.threads, self.ef_search)
