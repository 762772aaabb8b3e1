"""One run: load, learn, hash, index, search, score, record."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from hashbench import registry
from hashbench.data.interactions import IntArray
from hashbench.data.loaded import LoadedData, Notes
from hashbench.data.split import InteractionSplit
from hashbench.discovery import plugins
from hashbench.environment import machine, peak_memory, versions
from hashbench.errors import BadData, RunFailed
from hashbench.evaluation.latency import measure
from hashbench.evaluation.ranking import Task, judge, score
from hashbench.learn import Learned, learn
from hashbench.plan import Plan
from hashbench.protocols import Judged, LoadContext, Retriever, RunContext
from hashbench.results.record import DataSummary, EpochSummary, Machine, RunRecord, StageSummary
from hashbench.results.store import ResultsFolder
from hashbench.spec import identity
from hashbench.training.loop import Trained, Watcher


class Observer(Watcher, Notes, Protocol):
    """Learns how a run goes."""


@dataclass(frozen=True)
class Where:
    """Where a run takes place: device, threads, folders and who watches."""

    ctx: RunContext
    load: LoadContext
    observer: Observer
    out: ResultsFolder | None = None


def run(plan: Plan, where: Where) -> list[RunRecord]:
    """Train the plan's model once, search it by each retriever, and write one record each."""
    if where.out is not None:
        where.out.check_writable()
    here, clock = machine(where.ctx.device, where.ctx.threads, _gpu(where.ctx.device)), Clock()
    with threadpool_limits(1, user_api="blas"):  # searches share a batch between threads of their own
        with clock.measure("load"):
            data = plan.dataset.load(where.load)
            plan.check_catalogue(data.interactions.n_items)
            split = plan.split.split(data, where.ctx)
        draft = Draft(plan, where, here, clock, _summary(data, split))
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
    search = Task.shuffled(split.seen, split.test, ctx.rng("ties")).search(learned.users, learned.items)
    with clock.measure("index"):
        index = retriever.build(search.items, ctx)
    with clock.measure("search"):
        judged = judge(index, search, max(ks))
    with clock.measure("score"):
        values = draft.score(judged)
    with clock.measure("latency"):
        latency = measure(index, search, max(ks), ctx)
    record = draft.record(retriever, clock).model_copy(
        update={
            "training": [_summary_of(stage) for stage in learned.stages],
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
    machine: Machine
    clock: Clock
    data: DataSummary

    def record(self, retriever: Retriever, clock: Clock) -> RunRecord:
        """Fill in what is known before the search."""
        plan = self.plan
        spec = plan.run_spec(retriever, self.data.split_fingerprint)
        return RunRecord(
            run_id=identity(spec),
            model_id=identity(plan.model_spec(self.data.split_fingerprint)),
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
            spec=spec,
            resolved=plan.resolved(retriever),
            command=self._command(retriever),
            data=self.data,
            seconds=clock.seconds,
            versions=versions(_plugins_of(plan, retriever)),
            machine=self.machine,
        )

    def fail(self, retriever: Retriever, failure: RunFailed) -> None:
        """Record a run that could not end."""
        record = self.record(retriever, self.clock)
        self.write(record.model_copy(update={"status": "failed", "error": str(failure)}), {})

    def score(self, judged: Judged) -> dict[str, NDArray[np.float64]]:
        """Return each metric's values a user; a plugin's metric that fails is left out and said."""
        values = {}
        for metric in self.plan.metrics:
            plugin = registry.find(registry.METRICS, metric.name).plugin
            try:
                scored = score(judged, [metric], self.plan.ks)
                if any(np.shape(per_user) != judged.n_relevant.shape for per_user in scored.values()):
                    raise ValueError("it must give one value a user")
            except Exception as error:
                if plugin.distribution == "hashbench":
                    raise
                self.where.observer.note(f"metric '{metric.name}' of {plugin.distribution} is left out: {error!r}")
            else:
                values.update(scored)
        return values

    def write(self, record: RunRecord, per_user: dict[str, NDArray[np.float32]]) -> None:
        """Write a record where there is a folder for it, and tell the plugins."""
        if self.where.out is not None:
            self.where.out.write(record, per_user)
        before = {plugin.name for plugin in plugins().found if plugin.failure}
        plugins().call("hashbench_run_finished", record=record)
        for plugin in plugins().found:
            if plugin.failure and plugin.name not in before:
                self.where.observer.note(f"plugin '{plugin.name}' is left out: {plugin.failure}")

    def _command(self, retriever: Retriever) -> str:
        words = [self.plan.command(retriever)]
        if self.where.load.skip_bad_rows:
            words.append("--skip-bad-rows")
        if self.where.ctx.device != "cpu":
            words.append(f"--device {self.where.ctx.device}")
        return " ".join(words)


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
    if not len(split.train) or not len(split.test):
        raise BadData(f"the split leaves {len(split.train):,} interactions to train on and {len(split.test):,} to test")
    return DataSummary(
        n_users=split.train.n_users,
        n_items=split.train.n_items,
        n_train=len(split.train),
        n_valid=len(split.valid),
        n_test=len(split.test),
        merged=data.merged,
        skipped=data.skipped,
        source=Path(data.source).name,  # records are shared: which file, not where it lay
        fingerprint=data.interactions.digest(),
        split_fingerprint=split.fingerprint(),
    )


def _summary_of(stage: Trained) -> StageSummary:
    curve = [
        EpochSummary(**{name: getattr(point, name) for name in EpochSummary.model_fields}) for point in stage.curve
    ]
    return StageSummary(
        stage=stage.stage,
        epochs=len(curve),
        best_epoch=stage.best_epoch,
        stopped=stage.stopped,
        seconds=stage.seconds,
        curve=curve,
    )


def _gpu(device: str) -> str | None:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else None


def _spread(values: NDArray[np.float64], users: IntArray, n_users: int) -> NDArray[np.float32]:
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
        *((registry.METRICS, metric) for metric in plan.metrics),
    )
    found = [registry.find(kind, component.name).plugin for kind, component in parts]
    return {plugin.distribution: plugin.version for plugin in found if plugin.distribution != "hashbench"}
