"""What of a grid is done, what is to do, and how long that may take; nothing is trained to find out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from hashbench.errors import HashbenchError
from hashbench.grid.cells import Cell
from hashbench.pipeline.context import ExecutionContext
from hashbench.pipeline.environment import machine
from hashbench.pipeline.phases import Phases
from hashbench.pipeline.recorder import RunRecorder, data_summary
from hashbench.protocols import FittedEncoder, Retriever
from hashbench.results.frame import flat_rows
from hashbench.results.record import DataSummary, RunRecord
from hashbench.results.stale import stale
from hashbench.results.store import Problem, read_file
from hashbench.spec import canonical
from hashbench.training.checkpoint import CheckpointFile


@dataclass(frozen=True, eq=False)
class Task:
    """A cell of which something is to do, and what all its records have in common.

    `previous` maps each retriever that is to be run to when the record was made that it replaces, or None. `training`
    names a stage that other cells begin with as well, until it is there.
    """

    number: int
    cell: Cell
    recorder: RunRecorder
    previous: Mapping[Retriever, str | None]
    kept: bool
    training: str | None
    seconds: float | None

    def __str__(self) -> str:
        return str(self.cell)


@dataclass
class GridStatus:
    """The records that are there, and the tasks that are left.

    `files` are what the data was read from, None where a data set does not tell.
    """

    done: list[RunRecord] = field(default_factory=list)
    failed: list[RunRecord] = field(default_factory=list)
    stale: list[tuple[RunRecord, str]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: set[Path] | None = field(default_factory=set)

    @property
    def to_train(self) -> int:
        """Models that are not there."""
        return sum(not task.kept for task in self.tasks)

    @property
    def seconds(self) -> float | None:
        """An estimate of what is left, by earlier runs; None where there are none to tell from."""
        known = [task.seconds for task in self.tasks if task.seconds is not None]
        return fmean(known) * len(self.tasks) if known else None


def grid_status(cells: Sequence[Cell], execution: ExecutionContext, retry_failed: bool = False) -> GridStatus:
    """Load each data set, and look each cell's runs up in the results folder."""
    assert execution.out is not None
    found = GridStatus()
    rows, found.problems = flat_rows(execution.out.path) if execution.out.path.is_dir() else ([], [])
    there = {row["run_id"] for row in rows}
    here, times = machine(execution.ctx.device, execution.ctx.threads), _Times(rows)
    for cell, data in _with_data(cells, execution, found):
        recorder = RunRecorder(cell.plan, execution, here, Phases(), data)
        looked_up = [_to_do(recorder, one, there, found, retry_failed) for one in cell.plan.retrievers]
        if todo := [one for one in looked_up if one is not None]:
            found.tasks.append(_task(len(found.tasks), cell, recorder, todo, times))
    return found


@dataclass(frozen=True)
class _ToDo:
    """A retriever that is to be run; `previous` is when the record was made that it replaces, if there is one."""

    retriever: Retriever
    previous: str | None = None


def _to_do(
    recorder: RunRecorder, retriever: Retriever, there: set[str], found: GridStatus, retry_failed: bool
) -> _ToDo | None:
    assert recorder.execution.out is not None
    new = recorder.record(retriever)
    if new.run_id not in there:
        return _ToDo(retriever)
    try:
        file = recorder.execution.out.file(new)
        record = read_file(file) if file.is_file() else recorder.execution.out.find(new.run_id)
    except HashbenchError:  # deleted or damaged since
        return _ToDo(retriever)
    provenance = {"hashbench": new.versions.hashbench, **new.versions.plugins}
    if (reason := stale(record, new.resolved, provenance)) is not None:
        found.stale.append((record, reason))
        return _ToDo(retriever, record.created)
    if record.status == "failed":
        found.failed.append(record)
        return _ToDo(retriever, record.created) if retry_failed else None
    found.done.append(record)
    return None


def _task(number: int, cell: Cell, recorder: RunRecorder, todo: Sequence[_ToDo], times: _Times) -> Task:
    assert recorder.execution.out is not None
    cache, plan = recorder.execution.out.cache, cell.plan
    kept = cache.provenance(recorder.model_id) == recorder.provenance
    alone = plan.train_head == "post_hoc" or plan.head.n_bits is None  # the encoder is a stage of its own
    shared = recorder.stage_id("encoder") if alone and not isinstance(plan.encoder, FittedEncoder) else None
    training = None
    if shared is not None and not kept:
        checkpoint = CheckpointFile(
            cache.training(shared), recorder.stage_provenance("encoder"), recorder.execution.observer.note
        )
        training = None if checkpoint.has_ended else shared
    previous = {one.retriever: one.previous for one in todo}
    return Task(number, cell, recorder, previous, kept, training, times.of(recorder, kept))


def _with_data(
    cells: Sequence[Cell], execution: ExecutionContext, grid_status: GridStatus
) -> Iterator[tuple[Cell, DataSummary]]:
    """Give each cell its data's summary, in the order of the cells; each data set is loaded, each split made, once."""
    found: dict[int, DataSummary] = {}
    problems = []
    for dataset in dict.fromkeys(cell.plan.dataset for cell in cells):
        here = [cell for cell in cells if cell.plan.dataset == dataset]
        try:
            data = dataset.load(execution.load)
            known = grid_status.files is not None and data.files is not None
            grid_status.files = {*(grid_status.files or ()), *(data.files or ())} if known else None
            for cell in here:
                cell.plan.check_catalogue(data.interactions.n_items)
            for split, seed in dict.fromkeys((cell.plan.split, cell.plan.seed) for cell in here):
                summary = data_summary(data, split.split(data, replace(execution.ctx, seed=seed)))
                found |= {id(cell): summary for cell in here if (cell.plan.split, cell.plan.seed) == (split, seed)}
        except HashbenchError as error:
            problems.append(f"{canonical(dataset)}: {error}")
    if problems:
        raise HashbenchError("; ".join(problems))
    for cell in cells:
        yield cell, found[id(cell)]


class _Times:
    """Seconds of earlier runs: of the same data set, encoder and head if there are any, else of the data set."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self.models: dict[tuple[str, ...], dict[str, float]] = {}
        for row in rows:
            if row["train_seconds"] is not None and row["status"] == "ok":
                for key in ((row["dataset"],), (row["dataset"], row["encoder"], row["head"])):
                    self.models.setdefault(key, {})[row["model_id"]] = row["train_seconds"]

    def of(self, recorder: RunRecorder, kept: bool) -> float | None:
        if kept:
            return 0.0
        plan = recorder.plan
        for key in ((plan.dataset.name, plan.encoder.name, plan.head.name), (plan.dataset.name,)):
            if key in self.models:
                return fmean(self.models[key].values())
        return None
