"""One run: load, learn, hash, index, search, score, record."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from hashbench import registry
from hashbench.data.loaded import LoadedData, Notes
from hashbench.data.split import InteractionSplit
from hashbench.discovery import plugins
from hashbench.environment import machine, peak_memory, versions
from hashbench.errors import RunFailed
from hashbench.evaluation.latency import measure
from hashbench.evaluation.ranking import Search, judge, score
from hashbench.learn import Learned, learn
from hashbench.plan import Plan
from hashbench.protocols import LoadContext, Retriever, RunContext
from hashbench.results.record import DataSummary, EpochSummary, RunRecord, TrainingSummary
from hashbench.results.store import ResultsFolder
from hashbench.training.loop import Watcher


class Observer(Watcher, Notes, Protocol):
    """Learns how a run goes."""


@dataclass(frozen=True)
class Where:
    """Where a run takes place: device, threads, folders and who watches. None of it changes what is measured."""

    ctx: RunContext
    load: LoadContext
    observer: Observer
    out: ResultsFolder | None = None


def run(plan: Plan, where: Where) -> list[RunRecord]:
    """Train the plan's model once, search it by each retriever, and write one record each."""
    if where.out is not None:
        where.out.check_writable()
    clock = Clock()
    with threadpool_limits(1, user_api="blas"):  # searches share a batch between threads of their own
        with clock.measure("load"):
            data = plan.dataset.load(where.load)
            plan.check_catalogue(data.interactions.n_items)
            split = plan.split.split(data, where.ctx)
        draft = Draft(plan, where, clock, _summary(data, split))
        try:
            learned = learn(plan, split, where.ctx, where.observer)
        except RunFailed as failure:
            for retriever in plan.retrievers:
                draft.fail(retriever, failure)
            raise
        return [evaluate(draft, retriever, split, learned) for retriever in plan.retrievers]


def evaluate(draft: Draft, retriever: Retriever, split: InteractionSplit, learned: Learned) -> RunRecord:
    """Search the test users' items by one retriever, score, time and record."""
    ctx, ks, clock = draft.where.ctx, draft.plan.ks, draft.clock.copy()
    search = Search.shuffled(learned.users, learned.items, split.seen, split.test, ctx.rng("ties"))
    with clock.measure("index"):
        index = retriever.build(search.items, ctx)
    with clock.measure("search"):
        judged = judge(index, search, max(ks))
    with clock.measure("score"):
        metrics = [entry.component() for entry in registry.shelf(registry.METRICS).values()]
        values = score(judged, metrics, ks)
    with clock.measure("latency"):
        latency = measure(index, search, max(ks), ctx)
    record = draft.record(retriever, clock).model_copy(
        update={
            "training": _training(learned),
            "metrics": {name: float(np.nanmean(per_user)) for name, per_user in values.items()},
            "latency": latency,
            "bytes_per_item": index.nbytes / split.train.n_items,
            "index_bytes": index.nbytes,
            "train_seconds": learned.seconds,
            "peak_memory_bytes": peak_memory(),
        }
    )
    everyone = {name: _spread(per_user, search.askers, split.train.n_users) for name, per_user in values.items()}
    draft.write(record, everyone)
    return record


@dataclass(frozen=True, eq=False)
class Draft:
    """What all records of one model have in common."""

    plan: Plan
    where: Where
    clock: Clock
    data: DataSummary

    def record(self, retriever: Retriever, clock: Clock) -> RunRecord:
        """Fill in what is known before the search."""
        plan = self.plan
        return RunRecord(
            run_id=plan.run_id(retriever),
            model_id=plan.model_id,
            created=datetime.now(UTC).isoformat(timespec="milliseconds"),
            status="ok",
            dataset=plan.dataset.name,
            split=plan.split.name,
            encoder=plan.encoder.name,
            head=plan.head.name,
            n_bits=plan.head.n_bits,
            objective=plan.objective.name,
            train_head=plan.train_head,
            retriever=retriever.name,
            seed=plan.seed,
            spec=plan.run_spec(retriever),
            resolved=plan.resolved(retriever),
            command=plan.command(retriever),
            data=self.data,
            seconds=clock.seconds,
            versions=versions(_plugins_of(plan, retriever)),
            machine=machine(self.where.ctx.device, self.where.ctx.threads),
        )

    def fail(self, retriever: Retriever, failure: RunFailed) -> None:
        """Record a run that could not end."""
        record = self.record(retriever, self.clock)
        self.write(record.model_copy(update={"status": "failed", "error": str(failure)}), {})

    def write(self, record: RunRecord, per_user: dict[str, np.ndarray[tuple[int], np.dtype[np.float32]]]) -> None:
        """Write a record where there is a folder for it, and tell the plugins."""
        if self.where.out is not None:
            self.where.out.write(record, per_user)
        plugins().call("hashbench_run_finished", record=record)


@dataclass
class Clock:
    """Seconds of each phase."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, phase: str) -> Iterator[None]:
        """Time a phase."""
        start = time.perf_counter()
        yield
        self.seconds[phase] = time.perf_counter() - start

    def copy(self) -> Clock:
        """Return a clock that goes on from here."""
        return Clock(dict(self.seconds))


def _summary(data: LoadedData, split: InteractionSplit) -> DataSummary:
    return DataSummary(
        n_users=split.train.n_users,
        n_items=split.train.n_items,
        n_train=len(split.train),
        n_valid=len(split.valid),
        n_test=len(split.test),
        merged=data.merged,
        skipped=data.skipped,
        source=data.source,
        fingerprint=data.interactions.digest(),
        split_fingerprint=split.fingerprint(),
    )


def _training(learned: Learned) -> TrainingSummary:
    curve = [EpochSummary(**asdict(point)) for point in learned.curve]
    return TrainingSummary(epochs=len(curve), best_epoch=learned.best_epoch, stopped=learned.stopped, curve=curve)


def _spread(
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
    users: np.ndarray[tuple[int], np.dtype[np.int64]],
    n_users: int,
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    everyone = np.full(n_users, np.nan, np.float32)
    everyone[users] = values
    return everyone


def _plugins_of(plan: Plan, retriever: Retriever) -> dict[str, str]:
    parts: tuple[tuple[registry.Kind[Any], Any], ...] = (
        (registry.DATASETS, plan.dataset),
        (registry.SPLITS, plan.split),
        (registry.ENCODERS, plan.encoder),
        (registry.HEADS, plan.head),
        (registry.OBJECTIVES, plan.objective),
        (registry.RETRIEVERS, retriever),
    )
    found = [registry.find(kind, component.name).plugin for kind, component in parts]
    return {plugin.distribution: plugin.version for plugin in found if plugin.distribution != "hashbench"}
