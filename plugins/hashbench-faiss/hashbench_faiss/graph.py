"""The parameters of a graph, and the walk through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from hashbench.protocols import RunContext
from hashbench_faiss.library import faiss
from hashbench_faiss.search import Found, SelectingIndex, one_thread, seed_of


@dataclass(frozen=True)
class Graph:
    """Base of hierarchical navigable small worlds: a walk along links from item to item, towards the query."""

    m: Annotated[int, Field(ge=2, le=512, description="M: links of an item, twice as many on the lowest level")] = 32
    ef_construction: Annotated[int, Field(ge=1, le=100_000, description="candidates kept to link an item")] = 100
    ef_search: Annotated[int, Field(ge=1, le=1_000_000, description="candidates kept in a search; at least k")] = 200

    def link(self, index: Any, vectors: Any, ctx: RunContext) -> None:
        """Add the items, whose levels are drawn by the run's seed."""
        index.hnsw.efConstruction = self.ef_construction
        index.hnsw.rng = faiss.RandomGenerator(seed_of(ctx))
        with one_thread():
            index.add(vectors)


@dataclass(frozen=True, eq=False)
class GraphIndex(SelectingIndex):
    """A graph, and the vectors of its items as `index.storage`; `ef_search` candidates are kept during a walk."""

    ef_search: int

    def select(self, vectors: Any, k: int, selector: Any, thorough: bool) -> Found:
        """Walk, or scan the storage where a walk came short or would come by all items."""
        if thorough or self.n_items <= self.ef_search:
            scanned: Found = self.index.storage.search(vectors, k, params=faiss.SearchParameters(sel=selector))
            return scanned
        parameters = faiss.SearchParametersHNSW(sel=selector, efSearch=self.ef_search)
        walked: Found = self.index.search(vectors, k, params=parameters)
        return walked
