"""Approximate search by Hamming distance: an inverted file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hashbench.protocols import Hashed, RunContext
from hashbench_faiss.bases import CodeRetriever, packed_codes
from hashbench_faiss.inverted_file import InvertedFile, InvertedFileIndex
from hashbench_faiss.library import faiss
from hashbench_faiss.search import one_thread, seed_of


@dataclass(frozen=True)
class BinaryIVF(InvertedFile, CodeRetriever):
    """Hamming distance to the codes of the lists nearest to the query: IndexBinaryIVF of faiss.

    Centres are codes, found by k-means. The search fetches as many extra items as the query has seen items, and drops
    the seen ones. If the searched lists hold too few items, all lists are searched. If several items tie for the last
    rank, faiss chooses among them; returned ties are ranked by item number.
    """

    name: ClassVar[str] = "faiss_binary_ivf"

    def build(self, items: Hashed, ctx: RunContext) -> InvertedFileIndex:
        """Find the centres, seeded by the run, and fill the lists."""
        codes = packed_codes(items)
        n_items, n_bits = len(codes), 8 * codes.shape[1]
        index = faiss.IndexBinaryIVF(faiss.IndexBinaryFlat(n_bits), n_bits, self.n_lists(n_items))
        index.nprobe = self.n_probes(n_items)
        index.cp.seed = seed_of(ctx)
        index.cp.min_points_per_centroid = 1  # no warning about small catalogues
        if n_items:
            with one_thread():
                index.train(codes)
                index.add(codes)
        return InvertedFileIndex(index, n_items, ctx.threads)
