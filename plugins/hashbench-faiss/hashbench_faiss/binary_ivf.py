"""Approximate search by Hamming distance: an inverted file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hashbench.protocols import Hashed, RunContext
from hashbench_faiss.library import faiss
from hashbench_faiss.lists import Lists, ListsIndex
from hashbench_faiss.over import OverCodes, code_rows
from hashbench_faiss.search import one_thread, seed_of


@dataclass(frozen=True)
class BinaryIVF(Lists, OverCodes):
    """Hamming distance to the codes of the lists nearest to the query: IndexBinaryIVF of faiss.

    Centres are codes, found by k-means. As many more items are fetched as the query has seen, and these are dropped.
    A query whose lists hold too few is searched for in all lists. Which of the items that are as far as the last one
    fetched come is faiss's choice; those that come are ranked by number.
    """

    name: ClassVar[str] = "faiss_binary_ivf"

    def build(self, items: Hashed, ctx: RunContext) -> ListsIndex:
        """Find the centres, by the run's seed, and fill the lists."""
        codes = code_rows(items)
        n_items, n_bits = len(codes), 8 * codes.shape[1]
        index = faiss.IndexBinaryIVF(faiss.IndexBinaryFlat(n_bits), n_bits, self.n_lists(n_items))
        index.nprobe = self.n_probes(n_items)
        index.cp.seed = seed_of(ctx)
        index.cp.min_points_per_centroid = 1  # a small catalogue is no reason for a warning
        if n_items:
            with one_thread():
                index.train(codes)
                index.add(codes)
        return ListsIndex(index, n_items, ctx.threads)
