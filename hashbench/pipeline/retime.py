"""Search latency measured again without training: with the stored codes of a run, or with random codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from threadpoolctl import threadpool_limits

from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.errors import BadRecord
from hashbench.evaluation.latency import measure
from hashbench.evaluation.ranking import Search, Task
from hashbench.pipeline.plan import RunPlan
from hashbench.protocols import Hashed, LoadContext, RunContext
from hashbench.registry import shelves
from hashbench.results.record import Latency, RunRecord
from hashbench.results.store import ResultsFolder

N_USERS = 1000
"""Users of a random catalogue, each with one query."""


@dataclass(frozen=True)
class SearchTiming:
    """Latency and memory of one retriever."""

    retriever: str
    latency: Latency
    index_bytes: int
    bytes_per_item: float

    def updated(self, record: RunRecord) -> RunRecord:
        """Return the record with this timing; `encode_ms` stays: it needs the trained model."""
        latency, previous = self.latency.model_copy(deep=True), record.latency
        if latency.stages is not None and previous is not None and previous.stages is not None:
            latency.stages.encode_ms = previous.stages.encode_ms
        updated = record.model_copy()
        updated.latency, updated.index_bytes, updated.bytes_per_item = latency, self.index_bytes, self.bytes_per_item
        return updated


def time_record(record: RunRecord, folder: ResultsFolder, load: LoadContext, ctx: RunContext) -> SearchTiming:
    """Measure the search of a record again, with the stored codes of its model and the seen items of its data.

    Raises `BadRecord` for a failed run, and if the data set here is not the one of the record.
    """
    if record.status != "ok" or record.data is None:
        raise BadRecord(f"run {record.run_id} failed, so it has nothing to time; run it again: {record.command}")
    model = folder.model(record)
    plan = RunPlan.from_record(record)
    split = plan.split.split(plan.dataset.load(load), ctx)
    if split.fingerprint() != record.data.split_fingerprint:
        raise BadRecord(
            f"run {record.run_id} used other data than data set {record.dataset} here (its split is "
            f"{record.data.split_fingerprint[:8]}, this one {split.fingerprint()[:8]}); give the --data-dir of the run"
        )
    search = Task.shuffled(split.seen, split.test, ctx.rng("ties")).search(model.users, model.items)
    return _measure(record.spec["retriever"], search, max(plan.ks), ctx)


@dataclass(frozen=True)
class RandomCatalogue:
    """Random codes and embeddings of users and items: they measure the cost of a search, not its quality."""

    name: ClassVar[str] = "synthetic"

    items: Annotated[int, Field(ge=1, description="number of items")] = 1_000_000
    bits: Annotated[int, Field(ge=1, le=4096, description="length of a code and of an embedding")] = 64
    seen: Annotated[int, Field(ge=0, description="seen items per user")] = 100

    def search(self, ctx: RunContext) -> Search:
        """Draw codes, embeddings, seen items and one relevant item per user."""
        rng = ctx.rng("synthetic catalogue")
        users, items = (self._random_codes(n, rng) for n in (N_USERS, self.items))
        rows = np.repeat(np.arange(N_USERS), self.seen)
        seen = Interactions.from_pairs(rows, rng.integers(0, self.items, rows.size), N_USERS, self.items)
        relevant = Interactions.from_pairs(
            np.arange(N_USERS), rng.integers(0, self.items, N_USERS), N_USERS, self.items
        )
        return Search(users, items, seen, relevant)

    def _random_codes(self, n: int, rng: np.random.Generator) -> Hashed:
        packed = rng.integers(0, 256, (n, -(-self.bits // 8)), np.uint8)
        packed[:, -1] &= 0xFF >> (-self.bits % 8)
        return Hashed(Codes(packed, self.bits), rng.standard_normal((n, self.bits), np.float32))


def time_random_codes(
    catalogue: RandomCatalogue, retrievers: tuple[str, ...], k: int, ctx: RunContext
) -> list[SearchTiming]:
    """Measure retrievers, such as "hierarchical:candidates=200", on a random catalogue."""
    search = catalogue.search(ctx)
    return [_measure(retriever, search, k, ctx) for retriever in retrievers]


def _measure(retriever: str, search: Search, k: int, ctx: RunContext) -> SearchTiming:
    with threadpool_limits(1, user_api="blas"):
        index = shelves.create_component(shelves.RETRIEVERS, retriever).build(search.items, ctx)
        latency = measure(index, search, k, ctx)
    return SearchTiming(retriever, latency, index.nbytes, index.nbytes / len(search.items))
