"""Records of one model's runs: from the plan, the data, the machine and a search's outcome to a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from hashbench.data.loaded import LoadedData
from hashbench.data.split import InteractionSplit
from hashbench.errors import RunFailed
from hashbench.pipeline.context import ExecutionContext
from hashbench.pipeline.environment import versions
from hashbench.pipeline.outcome import SearchOutcome
from hashbench.pipeline.phases import Phases
from hashbench.pipeline.plan import RunPlan
from hashbench.pipeline.provenance import plugin_versions
from hashbench.protocols import Retriever
from hashbench.registry.plugins import plugins
from hashbench.results.per_user import Hits
from hashbench.results.record import DataSummary, Machine, RunRecord
from hashbench.spec import identity

PerUser = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class RunRecorder:
    """Builds and writes the records of one model: what they have in common.

    `phases` are those before the search, such as "load" and "train".
    """

    plan: RunPlan
    execution: ExecutionContext
    machine: Machine
    data: DataSummary
    phases: Phases

    @property
    def model_id(self) -> str:
        """The model's id."""
        return self.plan.model_id(self.data.split_fingerprint)

    def planned(self, retriever: Retriever) -> RunRecord:
        """Return the record of a run without its outcome: ids, specs, data, versions and machine."""
        plan, spec = self.plan, self._spec(retriever)
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
            versions=versions(plugin_versions(plan, retriever)),
            machine=self.machine,
        )

    def record(self, retriever: Retriever, outcome: SearchOutcome) -> RunRecord:
        """Write and return the record of a finished run."""
        record = self.planned(retriever)
        record.training = list(outcome.training)
        record.metrics = outcome.metrics
        record.ties = outcome.ties
        record.latency = outcome.latency
        record.bytes_per_item = outcome.bytes_per_item
        record.index_bytes = outcome.index_bytes
        record.train_seconds = outcome.train_seconds
        record.codes = outcome.codes
        _set_phases(record, outcome.phases)
        self._write(record, outcome.per_user, outcome.hits)
        return record

    def record_failure(self, retriever: Retriever, failure: RunFailed) -> RunRecord:
        """Write and return the record of a run that failed."""
        record = self.planned(retriever)
        record.status, record.error = "failed", str(failure)
        _set_phases(record, self.phases)
        self._write(record, {})
        return record

    @contextmanager
    def recording_failures(self) -> Iterator[None]:
        """Where the training fails or memory runs out, record a failure for each retriever and raise `RunFailed`."""
        try:
            yield
        except (RunFailed, MemoryError, torch.OutOfMemoryError) as error:
            failure = error if isinstance(error, RunFailed) else RunFailed(f"out of memory in training: {error}")
            for retriever in self.plan.retrievers:
                self.record_failure(retriever, failure)
            raise failure from None

    def _spec(self, retriever: Retriever) -> dict[str, object]:
        builder = self.execution.builder
        spec = self.plan.run_spec(retriever, self.data.split_fingerprint)
        return spec if builder is None else spec | {"index": builder.name}

    def _command(self, retriever: Retriever) -> str:
        """Return the command that repeats a run in the same way."""
        execution = self.execution
        words = [self.plan.command(retriever)]
        if (size := execution.ctx.process_group.size) > 1:
            words.insert(0, f"torchrun --nproc-per-node {size} -m")
        if execution.load.skip_bad_rows:
            words.append("--skip-bad-rows")
        if execution.builder is not None:
            words.append(execution.builder.option)
        if execution.ctx.device != "cpu":
            words.append(f"--device {execution.ctx.device}")
        return " ".join(words)

    def _write(self, record: RunRecord, per_user: PerUser, hits: Hits | None = None) -> None:
        """Write a record if there is a results folder, and pass it to the plugins; note those that fail."""
        if self.execution.out is not None:
            self.execution.out.write(record, per_user, hits)
        failed_before = {plugin.name for plugin in plugins().discovered if plugin.failure}
        plugins().call("hashbench_run_finished", record=record)
        for plugin in plugins().discovered:
            if plugin.failure and plugin.name not in failed_before:
                self.execution.observer.note(f"plugin '{plugin.name}' is left out: {plugin.failure}")


def data_summary(data: LoadedData, split: InteractionSplit) -> DataSummary:
    """Return the sizes and fingerprints of a data set and its split."""
    return DataSummary(
        n_users=split.train.n_users,
        n_items=split.train.n_items,
        n_train=len(split.train),
        n_valid=len(split.valid),
        n_test=len(split.test),
        merged=data.merged,
        skipped=data.skipped,
        source=Path(data.source).name,  # records are shared, so they name the file and not its folder
        fingerprint=data.interactions.digest(),
        split_fingerprint=split.fingerprint(),
    )


def _set_phases(record: RunRecord, phases: Phases) -> None:
    record.phase_seconds, record.phase_memory_bytes = phases.seconds, phases.memory
    record.peak_memory_bytes = max(phases.memory.values(), default=None)
