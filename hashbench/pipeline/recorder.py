"""What becomes a record: the plan, the data, the training, the machine, and a search's outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.components.heads.continuous import Continuous
from hashbench.data.loaded import LoadedData
from hashbench.data.split import InteractionSplit
from hashbench.errors import RunFailed
from hashbench.evaluation.ranking import Scores, score
from hashbench.pipeline.context import ExecutionContext
from hashbench.pipeline.environment import versions
from hashbench.pipeline.phases import Phases
from hashbench.pipeline.plan import RunPlan
from hashbench.protocols import Retriever, ScoredRanking
from hashbench.registry import shelves
from hashbench.registry.plugins import plugins
from hashbench.results.per_user import Hits
from hashbench.results.record import CodeSummary, DataSummary, Machine, RunRecord
from hashbench.spec import identity


@dataclass(frozen=True, eq=False)
class RunRecorder:
    """What all records of one model have in common."""

    plan: RunPlan
    execution: ExecutionContext
    machine: Machine
    phases: Phases
    data: DataSummary
    codes: CodeSummary | None = None

    @property
    def model_id(self) -> str:
        """Name the model."""
        return identity(self.plan.model_spec(self.data.split_fingerprint))

    @property
    def provenance(self) -> dict[str, str]:
        """Name the versions that the model depends on."""
        return self._provenance(plugins_of(self.plan))

    def stage_provenance(self, stage: str) -> dict[str, str]:
        """Name the versions, and the kind of device, that the state of a stage depends on."""
        without_head = stage == "encoder" and self.plan.train_head == "post_hoc"
        found = self._provenance(plugins_of(replace(self.plan, head=Continuous()) if without_head else self.plan))
        return found | {"device": self.execution.ctx.device.partition(":")[0]}

    def _provenance(self, of: dict[str, str]) -> dict[str, str]:
        found, size = versions(of), self.execution.ctx.process_group.size
        several = {"processes": str(size)} if size > 1 else {}
        return {"hashbench": found.hashbench, "torch": found.packages["torch"], **found.plugins, **several}

    def stage_id(self, stage: str) -> str:
        """Name a stage of the model's training."""
        return identity(self.plan.stage_spec(stage, self.data.split_fingerprint))

    def record(self, retriever: Retriever, phases: Phases | None = None) -> RunRecord:
        """Fill in what is known before the search."""
        plan, phases = self.plan, phases or self.phases
        spec = plan.run_spec(retriever, self.data.split_fingerprint)
        if self.execution.builder is not None:
            spec |= {"index": self.execution.builder.name}
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
            phase_seconds=phases.seconds,
            phase_memory_bytes=phases.memory,
            peak_memory_bytes=max(phases.memory.values(), default=None),
            versions=versions(plugins_of(plan, retriever)),
            machine=self.machine,
        )

    def fail(self, retriever: Retriever, failure: RunFailed) -> None:
        """Record a run that could not end."""
        record = self.record(retriever)
        self.write(record.model_copy(update={"status": "failed", "error": str(failure)}), {})

    def score(self, ranking: ScoredRanking) -> dict[str, Scores]:
        """Score by each metric; a plugin's metric that fails is left out and said."""
        values = {}
        for metric in self.plan.metrics:
            plugin = shelves.find(shelves.METRICS, metric.name).plugin
            try:
                scored = score(ranking, [metric], self.plan.ks)
                if any(np.shape(one.expected) != ranking.n_relevant.shape for one in scored.values()):
                    raise ValueError("it must give one value a user")
            except Exception as error:
                if plugin.distribution == "hashbench":
                    raise
                self.execution.observer.note(f"metric '{metric.name}' of {plugin.distribution} is left out: {error!r}")
            else:
                values.update(scored)
        return values

    def write(self, record: RunRecord, per_user: dict[str, NDArray[np.float32]], hits: Hits | None = None) -> None:
        """Write a record where there is a folder for it, and tell the plugins."""
        if self.execution.out is not None:
            self.execution.out.write(record, per_user, hits)
        before = {plugin.name for plugin in plugins().discovered if plugin.failure}
        plugins().call("hashbench_run_finished", record=record)
        for plugin in plugins().discovered:
            if plugin.failure and plugin.name not in before:
                self.execution.observer.note(f"plugin '{plugin.name}' is left out: {plugin.failure}")

    def _command(self, retriever: Retriever) -> str:
        words = [self.plan.command(retriever)]
        if (size := self.execution.ctx.process_group.size) > 1:
            words.insert(0, f"torchrun --nproc-per-node {size} -m")
        if self.execution.load.skip_bad_rows:
            words.append("--skip-bad-rows")
        if self.execution.builder is not None:
            words.append(self.execution.builder.option)
        if self.execution.ctx.device != "cpu":
            words.append(f"--device {self.execution.ctx.device}")
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


def plugins_of(plan: RunPlan, *retrievers: Retriever) -> dict[str, str]:
    """Return the versions of the packages that the plan's components come with, hashbench aside."""
    parts: tuple[tuple[shelves.ComponentKind[Any], Any], ...] = (
        (shelves.DATASETS, plan.dataset),
        (shelves.SPLITS, plan.split),
        (shelves.ENCODERS, plan.encoder),
        (shelves.HEADS, plan.head),
        (shelves.OBJECTIVES, plan.objective),
        *((shelves.RETRIEVERS, retriever) for retriever in retrievers),
        *((shelves.METRICS, metric) for metric in plan.metrics if retrievers),
    )
    found = [shelves.find(kind, component.name).plugin for kind, component in parts]
    return {plugin.distribution: plugin.version for plugin in found if plugin.distribution != "hashbench"}
