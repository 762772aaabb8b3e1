"""Latency again: of stored codes, without training, or of random ones, without a model."""

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

USERS = 1000


@dataclass(frozen=True)
class Timed:
    """One retriever's latency and memory."""

    retriever: str
    latency: Latency
    index_bytes: int
    bytes_per_item: float

    def into(self, record: RunRecord) -> RunRecord:
        """Put it into a record; the time of encoding stays, which takes the trained model."""
        latency, before = self.latency, record.latency
        if latency.stages is not None and before is not None and before.stages is not None:
            stages = latency.stages.model_copy(update={"encode_ms": before.stages.encode_ms})
            latency = latency.model_copy(update={"stages": stages})
        figures = {"index_bytes": self.index_bytes, "bytes_per_item": self.bytes_per_item}
        return record.model_copy(update={"latency": latency, **figures})


def bench_record(record: RunRecord, folder: ResultsFolder, load: LoadContext, ctx: RunContext) -> Timed:
    """Time the search of a record again, with the codes of its model and the seen items of its data."""
    if record.status != "ok" or record.data is None:
        raise BadRecord(f"run {record.run_id} failed, so it has nothing to time; run it again: {record.command}")
    kept = folder.model(record)
    plan = RunPlan.from_record(record)
    split = plan.split.split(plan.dataset.load(load), ctx)
    if split.fingerprint() != record.data.split_fingerprint:
        raise BadRecord(
            f"the data of run {record.run_id} is not what {record.dataset} is here (split {split.fingerprint()[:8]} "
            f"instead of {record.data.split_fingerprint[:8]}); give its --data-dir"
        )
    search = Task.shuffled(split.seen, split.test, ctx.rng("ties")).search(kept.users, kept.items)
    return _timed(record.spec["retriever"], search, max(plan.ks), ctx)


@dataclass(frozen=True)
class Catalogue:
    """Random codes and embeddings; nothing is learnt, so only the cost of a search can be told from them."""

    name: ClassVar[str] = "synthetic"

    items: Annotated[int, Field(ge=1, description="size of the catalogue")] = 1_000_000
    bits: Annotated[int, Field(ge=1, le=4096, description="length of a code, and of an embedding")] = 64
    seen: Annotated[int, Field(ge=0, description="items that each user has seen")] = 100

    def search(self, ctx: RunContext) -> Search:
        """Draw them."""
        rng = ctx.rng("synthetic catalogue")
        users, items = (self._side(n, rng) for n in (USERS, self.items))
        rows = np.repeat(np.arange(USERS), self.seen)
        seen = Interactions.from_pairs(rows, rng.integers(0, self.items, rows.size), USERS, self.items)
        wanted = Interactions.from_pairs(np.arange(USERS), rng.integers(0, self.items, USERS), USERS, self.items)
        return Search(users, items, seen, wanted)

    def _side(self, n: int, rng: np.random.Generator) -> Hashed:
        packed = rng.integers(0, 256, (n, -(-self.bits // 8)), np.uint8)
        packed[:, -1] &= 0xFF >> (-self.bits % 8)
        return Hashed(Codes(packed, self.bits), rng.standard_normal((n, self.bits), np.float32))


def bench_synthetic(catalogue: Catalogue, retrievers: tuple[str, ...], k: int, ctx: RunContext) -> list[Timed]:
    """Time retrievers, given as texts, on a random catalogue."""
    search = catalogue.search(ctx)
    return [_timed(retriever, search, k, ctx) for retriever in retrievers]


def _timed(text: str, search: Search, k: int, ctx: RunContext) -> Timed:
    with threadpool_limits(1, user_api="blas"):
        index = shelves.create_component(shelves.RETRIEVERS, text).build(search.items, ctx)
        latency = measure(index, search, k, ctx)
    return Timed(text, latency, index.nbytes, index.nbytes / len(search.items))
