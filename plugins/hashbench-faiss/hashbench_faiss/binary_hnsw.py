"""Approximate search by Hamming distance: a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hashbench.protocols import Hashed, RunContext
from hashbench_faiss.graph import Graph, GraphIndex
from hashbench_faiss.library import faiss
from hashbench_faiss.over import OverCodes, code_rows


@dataclass(frozen=True)
class BinaryHNSW(Graph, OverCodes):
    """Hamming distance in a graph of codes (Malkov and Yashunin, TPAMI 2020): IndexBinaryHNSW of faiss.

    Seen items are walked through but not found. A walk that comes short of k items is followed by a scan of all, and a
    catalogue of no more than `ef_search` items is only scanned. Which of the items that are as far as the last one
    come is faiss's choice; those that come are ranked by number. Where many items share a code, links lead to few
    others: then `faiss_binary_ivf` finds more.
    """

    name: ClassVar[str] = "faiss_binary_hnsw"

    def build(self, items: Hashed, ctx: RunContext) -> GraphIndex:
        """Link the items' codes."""
        codes = code_rows(items)
        index = faiss.IndexBinaryHNSW(8 * codes.shape[1], self.m)
        self.link(index, codes, ctx)
        return GraphIndex(index, len(codes), ctx.threads, self.ef_search)
