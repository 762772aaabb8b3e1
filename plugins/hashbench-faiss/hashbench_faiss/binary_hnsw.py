"""Approximate search by Hamming distance: a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hashbench.protocols import Hashed, RunContext
from hashbench_faiss.bases import CodeRetriever, packed_codes
from hashbench_faiss.graph import Graph, GraphIndex
from hashbench_faiss.library import faiss


@dataclass(frozen=True)
class BinaryHNSW(Graph, CodeRetriever):
    """Hamming distance in a graph of codes (Malkov and Yashunin, TPAMI 2020): IndexBinaryHNSW of faiss.

    A walk passes through seen items but does not return them. If a walk returns fewer than k items, all items are
    scanned; a catalogue of at most `ef_search` items is scanned at once. If several items tie for the last rank, faiss
    chooses among them; returned ties are ranked by item number. If many items share a code, links lead to few others,
    and `faiss_binary_ivf` finds more.
    """

    name: ClassVar[str] = "faiss_binary_hnsw"

    def build(self, items: Hashed, ctx: RunContext) -> GraphIndex:
        """Build the graph of the items' codes."""
        codes = packed_codes(items)
        index = faiss.IndexBinaryHNSW(8 * codes.shape[1], self.m)
        self.link(index, codes, ctx)
        return GraphIndex(index, len(codes), ctx.threads, self.ef_search)
