"""Runs the grid of an experiment: what has a record is done already, the rest is trained and searched."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from hashbench.errors import RunInterrupted
from hashbench.grids.cells import Expansion, expand
from hashbench.grids.dask_pool import DaskPool
from hashbench.grids.dispatch import Dispatched, Dispatcher, JobPool, TaskObserver
from hashbench.grids.experiment import Experiment
from hashbench.grids.experiment_file import parse, read
from hashbench.grids.jobs import JobEvent, JobOutcome
from hashbench.grids.local_pool import LocalPool
from hashbench.grids.status import GridStatus, GridTask, grid_status
from hashbench.observers import NullObserver, RunObserver
from hashbench.pipeline import defaults
from hashbench.pipeline.context import ExecutionContext, run_context
from hashbench.protocols import LoadContext
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder, read_file

ExperimentSource = Experiment | Mapping[str, Any] | str | Path
"""An experiment, its tables as a mapping (`{"axes": {"dataset": …}}`), or the path of its TOML file."""


@dataclass(frozen=True)
class GridOptions:
    """Where and how a grid runs.

    `jobs` models are trained at a time and share `threads` threads, by default those of all cores. With the address of
    a Dask `scheduler` they run on its workers, which must have the `resources`, such as {"GPU": 1}. `retry_failed` runs
    again what failed before.
    """

    out: Path = Path(defaults.RESULTS)
    jobs: int = 1
    threads: int | None = None
    scheduler: str | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    device: str = defaults.DEVICE
    data_dir: Path | None = None
    skip_bad_rows: bool = False
    retry_failed: bool = False


class GridObserver(RunObserver, TaskObserver, Protocol):
    """Receives everything that happens in a grid."""

    def grid_opened(self, grid: Grid) -> None:
        """Receive what of the grid is done and what is missing, before anything runs."""


class NullGridObserver(NullObserver):
    """An observer that ignores every event; subclasses override the events they need."""

    def grid_opened(self, grid: Grid) -> None:
        """Ignore the grid."""

    def task_started(self, task: GridTask) -> None:
        """Ignore the start of a task."""

    def task_reported(self, task: GridTask, event: JobEvent) -> None:
        """Ignore a report."""

    def task_waits(self, task: GridTask) -> None:
        """Ignore that a task waits."""

    def task_finished(self, task: GridTask, outcome: JobOutcome) -> None:
        """Ignore the end of a task."""


@dataclass(frozen=True, eq=False)
class Grid:
    """An experiment: its cells, and the state of their runs in the results folder."""

    name: str
    experiment: Experiment
    options: GridOptions
    expansion: Expansion
    status: GridStatus
    execution: ExecutionContext


@dataclass(frozen=True, eq=False)
class GridResult:
    """The grid as it was before it ran, and its tasks by how they ended."""

    grid: Grid
    tasks: Dispatched

    @property
    def complete(self) -> bool:
        """True if nothing failed and the budget left nothing."""
        return not self.tasks.failed and not self.tasks.remaining

    @property
    def records(self) -> list[RunRecord]:
        """The records of all runs of the grid that have one, in the order of its cells; failed runs among them."""
        status = self.grid.status
        earlier = {record.run_id: record for record in (*status.done, *status.failed)}
        records = (
            read_file(file) if file.is_file() else earlier.get(run_id) for run_id, file in status.run_files.items()
        )
        return [record for record in records if record is not None]


def run_grid(
    source: ExperimentSource, options: GridOptions, observer: GridObserver | None = None, name: str = ""
) -> GridResult:
    """Run what is missing of a grid.

    A model that fails leaves records that say so, and the others run. The same call continues after an interruption.
    `name` is what messages call the grid, by default the experiment's name or that of its file. The models train in
    processes of their own, so a script calls this under `if __name__ == "__main__":`. Raises
    `hashbench.errors.HashbenchError`, among them `RunInterrupted` on Ctrl-C.
    """
    observer, folder = observer or NullGridObserver(), ResultsFolder(options.out)
    experiment, default_name = _experiment(source)
    folder.check_writable()
    folder.remove_temp_files()
    grid = _open(name or default_name, experiment, options, observer)
    observer.grid_opened(grid)
    tasks = grid.status.tasks
    if not tasks:
        return GridResult(grid, Dispatched())
    with closing(_pool(options, folder, len(tasks), grid.execution.ctx.threads)) as pool:
        dispatcher = Dispatcher(folder, pool, observer, grid.experiment.budget)
        try:
            return GridResult(grid, dispatcher.run(tasks))
        except KeyboardInterrupt:
            n_ended = len(dispatcher.result.done) + len(dispatcher.result.failed)
            text = f"stopped; {n_ended} of {len(tasks)} models are done; the same command continues"
            raise RunInterrupted(text) from None


def open_grid(source: ExperimentSource, options: GridOptions, observer: RunObserver, name: str = "") -> Grid:
    """Look up what of a grid is done and what is missing; writes nothing."""
    experiment, default_name = _experiment(source)
    return _open(name or default_name, experiment, options, observer)


def _open(name: str, experiment: Experiment, options: GridOptions, observer: RunObserver) -> Grid:
    ctx = run_context(0, options.device, options.threads)
    ctx = run_context(0, options.device, max(1, ctx.threads // options.jobs))
    load = LoadContext(data_dir=options.data_dir, skip_bad_rows=options.skip_bad_rows, notes=observer)
    execution = ExecutionContext(ctx, load, observer, ResultsFolder(options.out), reuse_model=True)
    expansion = expand(experiment)
    status = grid_status(expansion.cells, execution, options.retry_failed)
    return Grid(name, experiment, options, expansion, status, execution)


def _experiment(source: ExperimentSource) -> tuple[Experiment, str]:
    """Return the experiment and its name."""
    if isinstance(source, Experiment):
        return source, source.name or "grid"
    if isinstance(source, Mapping):
        experiment = parse(source, "the experiment")
        return experiment, experiment.name or "grid"
    file = Path(source)
    experiment = read(file)
    return experiment, experiment.name or file.stem


def _pool(options: GridOptions, folder: ResultsFolder, n_tasks: int, threads: int) -> JobPool:
    if options.scheduler is None:
        return LocalPool(min(options.jobs, n_tasks), threads)
    return DaskPool(options.scheduler, folder, options.resources)
