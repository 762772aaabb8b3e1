"""What of a grid is done, what is missing and how long that may take; nothing is trained to find out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from hashbench.errors import HashbenchError
from hashbench.grids.cells import Cell
from hashbench.pipeline.context import ExecutionContext
from hashbench.pipeline.environment import machine
from hashbench.pipeline.model_source import ModelSource
from hashbench.pipeline.phases import Phases
from hashbench.pipeline.recorder import RunRecorder, data_summary
from hashbench.protocols import Retriever
from hashbench.results.frame import flat_rows
from hashbench.results.record import DataSummary, RunRecord
from hashbench.results.stale import stale
from hashbench.results.store import Problem, ResultsFolder, read_file
from hashbench.spec import canonical


@dataclass(frozen=True, eq=False)
class GridTask:
    """A cell with missing runs, and the recorder that all its records have in common.

    `previous` maps each retriever to run to when the record that it replaces was created, or None. `cached` is true if
    the model is in the cache and is only searched. `shared_stage` names a stage of training that other cells may begin
    with too, until its checkpoint is finished. `seconds` is the estimated time of training.
    """

    index: int
    cell: Cell
    recorder: RunRecorder
    previous: Mapping[Retriever, str | None]
    cached: bool
    shared_stage: str | None
    seconds: float | None

    def __str__(self) -> str:
        return str(self.cell)


@dataclass
class GridStatus:
    """The records of a grid by their state, and a task for each cell with missing runs.

    `run_files` maps the id of each run to its record's file, in the order of the cells. `data_files` are the files that
    the data sets were read from; None if a data set does not know its files.
    """

    done: list[RunRecord] = field(default_factory=list)
    failed: list[RunRecord] = field(default_factory=list)
    stale: list[tuple[RunRecord, str]] = field(default_factory=list)
    tasks: list[GridTask] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    run_files: dict[str, Path] = field(default_factory=dict)
    data_files: set[Path] | None = field(default_factory=set)

    @property
    def n_to_train(self) -> int:
        """Number of models that are not in the cache."""
        return sum(not task.cached for task in self.tasks)

    @property
    def seconds(self) -> float | None:
        """Estimated time of all tasks from the times of earlier runs; None without an earlier run."""
        known = [task.seconds for task in self.tasks if task.seconds is not None]
        return fmean(known) * len(self.tasks) if known else None


def grid_status(cells: Sequence[Cell], execution: ExecutionContext, retry_failed: bool = False) -> GridStatus:
    """Load each data set and look up the record of each run in the results folder.

    With `retry_failed` a run whose record says "failed" counts as missing. Raises `HashbenchError` if a data set cannot
    be loaded or split.
    """
    assert execution.out is not None
    rows, problems = flat_rows(execution.out.path) if execution.out.path.is_dir() else ([], [])
    status = GridStatus(problems=problems)
    lookup = _RecordLookup(execution.out, {row["run_id"] for row in rows}, retry_failed)
    this_machine, times = machine(execution.ctx.device, execution.ctx.threads), _TrainingTimes(rows)
    for cell, data in _with_data(cells, execution, status):
        recorder = RunRecorder(cell.plan, execution, this_machine, data, Phases())
        looked_up = [lookup.missing_run(recorder, retriever, status) for retriever in cell.plan.retrievers]
        if missing := [run for run in looked_up if run is not None]:
            status.tasks.append(_task(len(status.tasks), cell, recorder, missing, times))
    return status


@dataclass(frozen=True)
class _MissingRun:
    """A retriever to run; `previous` is when the record that it replaces was created, or None."""

    retriever: Retriever
    previous: str | None = None


@dataclass(frozen=True)
class _RecordLookup:
    """Looks up records in a folder that has records of `run_ids`."""

    folder: ResultsFolder
    run_ids: set[str]
    retry_failed: bool

    def missing_run(self, recorder: RunRecorder, retriever: Retriever, status: GridStatus) -> _MissingRun | None:
        """Add the run's record to the status; return the run if it is missing, stale, or failed and to retry."""
        expected = recorder.planned(retriever)
        file = self.folder.file(expected)
        status.run_files[expected.run_id] = file
        if expected.run_id not in self.run_ids:
            return _MissingRun(retriever)
        try:
            record = read_file(file) if file.is_file() else self.folder.find(expected.run_id)
        except HashbenchError:  # deleted or damaged since the index was read
            return _MissingRun(retriever)
        provenance = {"hashbench": expected.versions.hashbench, **expected.versions.plugins}
        if (reason := stale(record, expected.resolved, provenance)) is not None:
            status.stale.append((record, reason))
            return _MissingRun(retriever, record.created)
        if record.status == "failed":
            status.failed.append(record)
            return _MissingRun(retriever, record.created) if self.retry_failed else None
        status.done.append(record)
        return None


def _task(
    index: int, cell: Cell, recorder: RunRecorder, missing: Sequence[_MissingRun], times: _TrainingTimes
) -> GridTask:
    source = ModelSource(cell.plan, recorder.execution, recorder.data.split_fingerprint)
    cached = source.is_cached()
    previous = {run.retriever: run.previous for run in missing}
    shared_stage = None
    if cell.plan.trains_encoder_alone and not cached and not source.has_ended("encoder"):
        shared_stage = source.stage_id("encoder")
    return GridTask(index, cell, recorder, previous, cached, shared_stage, times.estimate(recorder, cached))


def _with_data(
    cells: Sequence[Cell], execution: ExecutionContext, status: GridStatus
) -> Iterator[tuple[Cell, DataSummary]]:
    """Yield each cell with the summary of its data, in the order of the cells.

    Each data set is loaded once, and each split made once.
    """
    summaries: dict[int, DataSummary] = {}
    problems = []
    for dataset in dict.fromkeys(cell.plan.dataset for cell in cells):
        same_data = [cell for cell in cells if cell.plan.dataset == dataset]
        try:
            data = dataset.load(execution.load)
            if status.data_files is not None:
                status.data_files = None if data.files is None else status.data_files.union(data.files)
            for cell in same_data:
                cell.plan.check_ks(data.interactions.n_items)
            for split, seed in dict.fromkeys((cell.plan.split, cell.plan.seed) for cell in same_data):
                summary = data_summary(data, split.split(data, replace(execution.ctx, seed=seed)))
                same_split = [cell for cell in same_data if (cell.plan.split, cell.plan.seed) == (split, seed)]
                summaries |= {id(cell): summary for cell in same_split}
        except HashbenchError as error:
            problems.append(f"{canonical(dataset)}: {error}")
    if problems:
        raise HashbenchError("; ".join(problems))
    for cell in cells:
        yield cell, summaries[id(cell)]


class _TrainingTimes:
    """Training times of earlier runs: of the same data set, encoder and head, otherwise of the same data set."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self._seconds: dict[tuple[str, ...], dict[str, float]] = {}
        for row in rows:
            if row["train_seconds"] is not None and row["status"] == "ok":
                for key in ((row["dataset"],), (row["dataset"], row["encoder"], row["head"])):
                    self._seconds.setdefault(key, {})[row["model_id"]] = row["train_seconds"]

    def estimate(self, recorder: RunRecorder, cached: bool) -> float | None:
        """Return the mean time of earlier runs in seconds; None without any."""
        if cached:
            return 0.0
        plan = recorder.plan
        for key in ((plan.dataset.name, plan.encoder.name, plan.head.name), (plan.dataset.name,)):
            if key in self._seconds:
                return fmean(self._seconds[key].values())
        return None
