"""Parameters of inverted files, and their search."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from hashbench_faiss.library import faiss
from hashbench_faiss.search import FetchingIndex, Matches

MIN_ITEMS_PER_LIST = 39
"""faiss needs this many items per list to find a good centre."""


@dataclass(frozen=True)
class InvertedFile:
    """Base of inverted files: lists of items around k-means centres. A search scans the lists of the nearest ones."""

    nlist: Annotated[int, Field(ge=0, description="lists, at most one per item; 0: 4√items, or items / 39 if less")] = 0
    nprobe: Annotated[int, Field(ge=0, description="lists searched; 0: a sixteenth of them, at least 8")] = 0

    def n_lists(self, n_items: int) -> int:
        """Return the number of lists for `n_items` items."""
        chosen = self.nlist or min(round(4 * math.sqrt(n_items)), n_items // MIN_ITEMS_PER_LIST)
        return max(1, min(chosen, n_items))

    def n_probes(self, n_items: int) -> int:
        """Return the number of lists that a search scans."""
        n_lists = self.n_lists(n_items)
        return min(n_lists, self.nprobe or max(8, n_lists // 16))


class InvertedFileIndex(FetchingIndex):
    """An index with items in lists."""

    def fetch(self, vectors: Any, fetched: int, thorough: bool) -> Matches:
        """Search `nprobe` lists, or all lists if `thorough`."""
        all_lists = faiss.SearchParametersIVF(nprobe=self.index.nlist) if thorough else None
        matches: Matches = self.index.search(vectors, fetched, params=all_lists)
        return matches
