"""Parameters of graph indexes, and their search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from hashbench.protocols import RunContext
from hashbench_faiss.library import faiss
from hashbench_faiss.search import Matches, SelectingIndex, one_thread, seed_of


@dataclass(frozen=True)
class Graph:
    """Base of hierarchical navigable small worlds. A search walks from item to item along links, towards the query."""

    m: Annotated[int, Field(ge=2, le=512, description="M: links per item, twice as many on the lowest level")] = 32
    ef_construction: Annotated[int, Field(ge=1, le=100_000, description="candidates kept to link an item")] = 100
    ef_search: Annotated[int, Field(ge=1, le=1_000_000, description="candidates kept in a search; at least k")] = 200

    def link(self, index: Any, vectors: Any, ctx: RunContext) -> None:
        """Add the items. Their levels are drawn with the run's seed."""
        index.hnsw.efConstruction = self.ef_construction
        index.hnsw.rng = faiss.RandomGenerator(seed_of(ctx))
        with one_thread():
            index.add(vectors)


@dataclass(frozen=True, eq=False)
class GraphIndex(SelectingIndex):
    """A graph index, with the items' vectors in `index.storage`. A walk keeps `ef_search` candidates."""

    ef_search: int

    def select(self, vectors: Any, k: int, selector: Any, thorough: bool) -> Matches:
        """Walk; or scan the storage if `thorough`, or if a walk would visit all items."""
        if thorough or self.n_items <= self.ef_search:
            scanned: Matches = self.index.storage.search(vectors, k, params=faiss.SearchParameters(sel=selector))
            return scanned
        parameters = faiss.SearchParametersHNSW(sel=selector, efSearch=self.ef_search)
        walked: Matches = self.index.search(vectors, k, params=parameters)
        return walked
