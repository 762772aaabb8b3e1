"""Approximate search by inner product: an inverted file of product-quantised embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from hashbench.protocols import FloatArray, Hashed, RunContext
from hashbench_faiss.library import faiss
from hashbench_faiss.lists import Lists, ListsIndex
from hashbench_faiss.over import OverDense, dense_rows, finite
from hashbench_faiss.search import one_thread, seed_of

MOST_BITS = 8
POINTS_A_CENTROID = 4


@dataclass(frozen=True)
class IVFPQ(Lists, OverDense):
    """Inner product with product-quantised embeddings of some lists (Jégou, Douze, Schmid, TPAMI 2011): IndexIVFPQ.

    An embedding less its list's centre is cut into `m` pieces, each stored as the number of its nearest centroid: `m`
    times `bits` bits an item. Scores are approximate. As many more items are fetched as the query has seen, and these
    are dropped. A query whose lists hold too few is searched for in all lists. Which of the items whose score is the
    last one's come is faiss's choice; those that come are ranked by number.
    """

    name: ClassVar[str] = "faiss_ivf_pq"

    m: Annotated[int, Field(ge=0, description="pieces of an embedding, at most one a value; 0: one for 4 values")] = 0
    bits: Annotated[int, Field(ge=0, le=12, description="bits of a piece; 0: 8, fewer for under 1024 items")] = 0

    def pieces(self, dim: int) -> int:
        """Return the number of pieces of an embedding of so many values."""
        return min(dim, self.m or -(-dim // 4))

    def piece_bits(self, n_items: int) -> int:
        """Return the bits of a piece, by default so that a few items share a centroid."""
        return self.bits or min(MOST_BITS, max(1, (n_items // POINTS_A_CENTROID).bit_length() - 1))

    def build(self, items: Hashed, ctx: RunContext) -> IVFPQIndex:
        """Find centres and centroids, by the run's seed, and fill the lists."""
        embeddings = finite(dense_rows(items), self.name)
        n_items, pieces = len(embeddings), self.pieces(embeddings.shape[1])
        embeddings = padded(embeddings, pieces)
        dim, bits = embeddings.shape[1], self.piece_bits(n_items)
        lists = self.n_lists(n_items)
        index = faiss.IndexIVFPQ(faiss.IndexFlatIP(dim), dim, lists, pieces, bits, faiss.METRIC_INNER_PRODUCT)
        index.nprobe = self.n_probes(n_items)
        for clustering in (index.cp, index.pq.cp):
            clustering.seed = seed_of(ctx)
            clustering.min_points_per_centroid = 1  # a small catalogue is no reason for a warning
        if n_items:
            # faiss asks for as many points as centroids: those of a small catalogue are repeated.
            points = embeddings if n_items >= 1 << bits else np.resize(embeddings, (1 << bits, dim))
            with one_thread():
                index.train(points)
                index.add(embeddings)
        return IVFPQIndex(index, n_items, ctx.threads)


class IVFPQIndex(ListsIndex):
    """Quantised embeddings in lists."""

    def vectors(self, queries: Hashed) -> FloatArray:
        """Embeddings, as long as the items'."""
        return padded(dense_rows(queries), self.index.pq.M)

    def at_once(self, fetched: int) -> int:
        """Few: faiss may multiply many by BLAS, whose last bits differ from those of a single query."""
        return 16


def padded(embeddings: FloatArray, pieces: int) -> FloatArray:
    """Add columns of zeros until pieces are equally long, which changes no inner product."""
    missing = -embeddings.shape[1] % pieces
    return np.pad(embeddings, ((0, 0), (0, missing))) if missing else embeddings
