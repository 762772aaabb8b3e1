"""What becomes a record: the plan, the data, the training, the machine, and a search's outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hashbench import registry
from hashbench.data.loaded import LoadedData, Notes
from hashbench.data.split import InteractionSplit
from hashbench.discovery import plugins
from hashbench.environment import versions
from hashbench.errors import RunFailed
from hashbench.evaluation.ranking import Scores, score
from hashbench.heads.continuous import Continuous
from hashbench.phases import Phases
from hashbench.plan import Plan
from hashbench.protocols import Hashed, Index, Judged, LoadContext, Retriever, RunContext
from hashbench.results.record import CodeSummary, DataSummary, Machine, RunRecord
from hashbench.results.store import Hits, ResultsFolder
from hashbench.spec import identity
from hashbench.training.loop import Watcher


class Builder(Protocol):
    """Builds indexes elsewhere: over the workers of a cluster, say.

    `name` stands in the spec of its runs, which are others than those of this machine; `option` in their commands.
    """

    name: str
    option: str

    def build(self, retriever: Retriever, items: Hashed, ctx: RunContext) -> Index:
        """Return an index that answers as the retriever's own does."""


class Observer(Watcher, Notes, Protocol):
    """Learns how a run goes."""

    def model(self, model_id: str, taken: bool) -> None:
        """A model that was asked for is taken as it was kept, or is not there."""


@dataclass(frozen=True)
class Where:
    """Where a run takes place: device, threads, folders and who watches.

    `reuse_model` says whether a model that is kept there may be taken, and a training that was stopped be gone on with.
    """

    ctx: RunContext
    load: LoadContext
    observer: Observer
    out: ResultsFolder | None = None
    reuse_model: bool = False
    builder: Builder | None = None

    def build(self, retriever: Retriever, items: Hashed) -> Index:
        """Build a retriever's index, here or where the builder does."""
        if self.builder is not None:
            return self.builder.build(retriever, items, self.ctx)
        return retriever.build(items, self.ctx)


@dataclass(frozen=True, eq=False)
class Draft:
    """What all records of one model have in common."""

    plan: Plan
    where: Where
    machine: Machine
    phases: Phases
    data: DataSummary
    codes: CodeSummary | None = None

    @property
    def model_id(self) -> str:
        """Name the model."""
        return identity(self.plan.model_spec(self.data.split_fingerprint))

    @property
    def made_by(self) -> dict[str, str]:
        """Name the versions that the model depends on."""
        return self._made_by(plugins_of(self.plan))

    def stage_made_by(self, stage: str) -> dict[str, str]:
        """Name the versions, and the kind of device, that the state of a stage depends on."""
        without_head = stage == "encoder" and self.plan.train_head == "after"
        found = self._made_by(plugins_of(replace(self.plan, head=Continuous()) if without_head else self.plan))
        return found | {"device": self.where.ctx.device.partition(":")[0]}

    def _made_by(self, of: dict[str, str]) -> dict[str, str]:
        found, size = versions(of), self.where.ctx.world.size
        several = {"processes": str(size)} if size > 1 else {}
        return {"hashbench": found.hashbench, "torch": found.packages["torch"], **found.plugins, **several}

    def stage_id(self, stage: str) -> str:
        """Name a stage of the model's training."""
        return identity(self.plan.stage_spec(stage, self.data.split_fingerprint))

    def record(self, retriever: Retriever, phases: Phases | None = None) -> RunRecord:
        """Fill in what is known before the search."""
        plan, phases = self.plan, phases or self.phases
        spec = plan.run_spec(retriever, self.data.split_fingerprint)
        if self.where.builder is not None:
            spec |= {"index": self.where.builder.name}
        return RunRecord(
            run_id=identity(spec),
            model_id=self.model_id,
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
            codes=self.codes,
            seconds=phases.seconds,
            memory_bytes=phases.memory,
            peak_memory_bytes=max(phases.memory.values(), default=None),
            versions=versions(plugins_of(plan, retriever)),
            machine=self.machine,
        )

    def fail(self, retriever: Retriever, failure: RunFailed) -> None:
        """Record a run that could not end."""
        record = self.record(retriever)
        self.write(record.model_copy(update={"status": "failed", "error": str(failure)}), {})

    def score(self, judged: Judged) -> dict[str, Scores]:
        """Score by each metric; a plugin's metric that fails is left out and said."""
        values = {}
        for metric in self.plan.metrics:
            plugin = registry.find(registry.METRICS, metric.name).plugin
            try:
                scored = score(judged, [metric], self.plan.ks)
                if any(np.shape(one.expected) != judged.n_relevant.shape for one in scored.values()):
                    raise ValueError("it must give one value a user")
            except Exception as error:
                if plugin.distribution == "hashbench":
                    raise
                self.where.observer.note(f"metric '{metric.name}' of {plugin.distribution} is left out: {error!r}")
            else:
                values.update(scored)
        return values

    def write(self, record: RunRecord, per_user: dict[str, NDArray[np.float32]], hits: Hits | None = None) -> None:
        """Write a record where there is a folder for it, and tell the plugins."""
        if self.where.out is not None:
            self.where.out.write(record, per_user, hits)
        before = {plugin.name for plugin in plugins().found if plugin.failure}
        plugins().call("hashbench_run_finished", record=record)
        for plugin in plugins().found:
            if plugin.failure and plugin.name not in before:
                self.where.observer.note(f"plugin '{plugin.name}' is left out: {plugin.failure}")

    def _command(self, retriever: Retriever) -> str:
        words = [self.plan.command(retriever)]
        if (size := self.where.ctx.world.size) > 1:
            words.insert(0, f"torchrun --nproc-per-node {size} -m")
        if self.where.load.skip_bad_rows:
            words.append("--skip-bad-rows")
        if self.where.builder is not None:
            words.append(self.where.builder.option)
        if self.where.ctx.device != "cpu":
            words.append(f"--device {self.where.ctx.device}")
        return " ".join(words)


def data_summary(data: LoadedData, split: InteractionSplit) -> DataSummary:
    """Count and fingerprint what is learnt from."""
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


def plugins_of(plan: Plan, *retrievers: Retriever) -> dict[str, str]:
    """Return the versions of the packages that the plan's components come with, hashbench aside."""
    parts: tuple[tuple[registry.Kind[Any], Any], ...] = (
        (registry.DATASETS, plan.dataset),
        (registry.SPLITS, plan.split),
        (registry.ENCODERS, plan.encoder),
        (registry.HEADS, plan.head),
        (registry.OBJECTIVES, plan.objective),
        *((registry.RETRIEVERS, retriever) for retriever in retrievers),
        *((registry.METRICS, metric) for metric in plan.metrics if retrievers),
    )
    found = [registry.find(kind, component.name).plugin for kind, component in parts]
    return {plugin.distribution: plugin.version for plugin in found if plugin.distribution != "hashbench"}
