"""How many lists an inverted file has, and how many of them a search looks into."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from hashbench_faiss.library import faiss
from hashbench_faiss.search import FetchingIndex, Found

ITEMS_A_LIST = 39
"""Fewer items a list are too few to find its centre by, faiss says."""


@dataclass(frozen=True)
class Lists:
    """Base of inverted files: items in lists around centres, found by k-means, of which a search takes the nearest."""

    nlist: Annotated[int, Field(ge=0, description="lists, at most one an item; 0: 4√items, or items / 39 if less")] = 0
    nprobe: Annotated[int, Field(ge=0, description="lists searched; 0: a sixteenth of them, at least 8")] = 0

    def n_lists(self, n_items: int) -> int:
        """Return the number of lists of a catalogue of so many items."""
        chosen = self.nlist or min(round(4 * math.sqrt(n_items)), n_items // ITEMS_A_LIST)
        return max(1, min(chosen, n_items))

    def n_probes(self, n_items: int) -> int:
        """Return how many of them a search looks into."""
        lists = self.n_lists(n_items)
        return min(lists, self.nprobe or max(8, lists // 16))


class ListsIndex(FetchingIndex):
    """Items in lists."""

    def fetch(self, vectors: Any, fetched: int, thorough: bool) -> Found:
        """Search `nprobe` lists, or all."""
        everywhere = faiss.SearchParametersIVF(nprobe=self.index.nlist) if thorough else None
        found: Found = self.index.search(vectors, fetched, params=everywhere)
        return found
