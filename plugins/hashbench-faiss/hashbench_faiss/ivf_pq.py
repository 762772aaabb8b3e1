"""Approximate search by inner product: an inverted file of product-quantised embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from hashbench.protocols import FloatArray, Hashed, RunContext
from hashbench_faiss.bases import EmbeddingRetriever, checked_finite, float_embeddings
from hashbench_faiss.inverted_file import InvertedFile, InvertedFileIndex
from hashbench_faiss.library import faiss
from hashbench_faiss.search import one_thread, seed_of

MAX_DEFAULT_BITS = 8
ITEMS_PER_CENTROID = 4


@dataclass(frozen=True)
class IVFPQ(InvertedFile, EmbeddingRetriever):
    """Inner product with product-quantised embeddings of some lists (Jégou, Douze, Schmid, TPAMI 2011): IndexIVFPQ.

    The difference between an embedding and its list's centre is cut into `m` subvectors. Each is stored as the number
    of its nearest centroid, which takes `m` times `bits` bits per item. Scores are approximate. The search fetches as
    many extra items as the query has seen items, and drops the seen ones. If the searched lists hold too few items, all
    lists are searched. If several items tie for the last rank, faiss chooses among them; returned ties are ranked by
    item number.
    """

    name: ClassVar[str] = "faiss_ivf_pq"

    m: Annotated[
        int, Field(ge=0, description="subvectors per embedding, at most one per value; 0: one per 4 values")
    ] = 0
    bits: Annotated[int, Field(ge=0, le=12, description="bits per subvector; 0: 8, fewer for under 1024 items")] = 0

    def n_subvectors(self, dim: int) -> int:
        """Return the number of subvectors of an embedding of `dim` values."""
        return min(dim, self.m or -(-dim // 4))

    def subvector_bits(self, n_items: int) -> int:
        """Return the bits per subvector, by default so few that several items share a centroid."""
        return self.bits or min(MAX_DEFAULT_BITS, max(1, (n_items // ITEMS_PER_CENTROID).bit_length() - 1))

    def build(self, items: Hashed, ctx: RunContext) -> IVFPQIndex:
        """Find centres and centroids, seeded by the run, and fill the lists."""
        embeddings = checked_finite(float_embeddings(items), self.name)
        n_items, m = len(embeddings), self.n_subvectors(embeddings.shape[1])
        embeddings = padded(embeddings, m)
        dim, bits = embeddings.shape[1], self.subvector_bits(n_items)
        n_lists = self.n_lists(n_items)
        index = faiss.IndexIVFPQ(faiss.IndexFlatIP(dim), dim, n_lists, m, bits, faiss.METRIC_INNER_PRODUCT)
        index.nprobe = self.n_probes(n_items)
        for clustering in (index.cp, index.pq.cp):
            clustering.seed = seed_of(ctx)
            clustering.min_points_per_centroid = 1  # no warning about small catalogues
        if n_items:
            # faiss needs as many points as centroids: those of a small catalogue are repeated.
            points = embeddings if n_items >= 1 << bits else np.resize(embeddings, (1 << bits, dim))
            with one_thread():
                index.train(points)
                index.add(embeddings)
        return IVFPQIndex(index, n_items, ctx.threads)


class IVFPQIndex(InvertedFileIndex):
    """Quantised embeddings in lists."""

    def vectors(self, queries: Hashed) -> FloatArray:
        """Return the embeddings, padded to the length of the items'."""
        return padded(float_embeddings(queries), self.index.pq.M)

    def batch_size(self, fetched: int) -> int:
        """Few: for many, faiss may use BLAS, whose rounding differs from that of a single query."""
        return 16


def padded(embeddings: FloatArray, n_subvectors: int) -> FloatArray:
    """Add columns of zeros so that subvectors are equally long. This changes no inner product."""
    missing = -embeddings.shape[1] % n_subvectors
    return np.pad(embeddings, ((0, 0), (0, missing))) if missing else embeddings
