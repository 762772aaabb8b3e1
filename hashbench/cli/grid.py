"""`hashbench grid`: the runs of an experiment file, those that are not there yet; and `hashbench schema`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.options import training_place
from hashbench.errors import BadParameter, HashbenchError, RunFailed, RunInterrupted

if TYPE_CHECKING:
    from hashbench.cli.grid_progress import GridProgress
    from hashbench.grid.cells import Cells
    from hashbench.grid.experiment import Budget
    from hashbench.grid.run import Executor, Result
    from hashbench.grid.status import GridStatus, Task
    from hashbench.results.store import ResultsFolder

LISTED = 5
"""Stale and failed runs that are named one by one."""


@click.command()
@click.argument("experiment", type=click.Path(path_type=Path))
@click.option("--out", default="results", show_default=True, type=click.Path(path_type=Path), help="Results folder.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Models trained at a time.")
@click.option("--threads", type=int, help="Threads of all jobs together. [default: all cores]")
@click.option("--scheduler", metavar="ADDRESS", help="Run on a Dask cluster, such as tcp://host:8786.")
@click.option("--resources", metavar="NAME=N,…", help="What a Dask worker must have for a model, such as GPU=1.")
@training_place
@click.option("--retry-failed", is_flag=True, help="Run again what failed before.")
@click.option("--dry-run", is_flag=True, help="Say what is to do, and do nothing.")
def grid(
    experiment: Path,
    out: Path,
    jobs: int,
    threads: int | None,
    scheduler: str | None,
    resources: str | None,
    device: str,
    data_dir: Path | None,
    skip_bad_rows: bool,
    retry_failed: bool,
    dry_run: bool,
) -> None:
    """Run what is not there yet of the grid that EXPERIMENT describes (TOML; see hashbench schema).

    Stop it whenever you like, by whatever means: the same command goes on. Several may share one results folder.
    """
    from hashbench.grid.summary_cache import SummaryCache

    options = {"data_dir": data_dir, "skip_bad_rows": skip_bad_rows, "retry_failed": retry_failed}
    summary_cache = SummaryCache.of(experiment, out, options)
    if (lines := summary_cache.recall()) is not None:
        click.echo("\n".join(lines))
        return

    from hashbench.cli.grid_progress import GridProgress
    from hashbench.grid.cells import expand
    from hashbench.grid.dask_pool import DaskPool
    from hashbench.grid.experiment import read
    from hashbench.grid.local_pool import LocalPool
    from hashbench.grid.status import grid_status
    from hashbench.observers import NullObserver
    from hashbench.pipeline.context import ExecutionContext, run_context
    from hashbench.protocols import LoadContext
    from hashbench.results.store import ResultsFolder

    described = read(experiment)
    name = described.name or experiment.stem
    ctx = run_context(0, device, threads)
    share = max(1, ctx.threads // jobs)
    folder = ResultsFolder(out)
    with GridProgress() as progress:
        load = LoadContext(data_dir=data_dir, skip_bad_rows=skip_bad_rows, notes=progress)
        execution = ExecutionContext(run_context(0, device, share), load, progress, folder, reuse_model=True)
        if not dry_run:
            folder.check_writable()
            folder.remove_temp_files()
        cells = expand(described)
        found = grid_status(cells.cells, execution, retry_failed)
        lines = list(summary(name, cells, found, retry_failed, jobs))
        click.echo("\n".join(lines))
        if not (dry_run or found.tasks):
            summary_cache.keep(lines, found.files)
        if dry_run or not found.tasks:
            return
        pool: Executor
        if scheduler is None:
            pool = LocalPool(min(jobs, len(found.tasks)), share)
        else:
            pool = DaskPool(scheduler, folder, _resources(resources))
        result = carry_out(found.tasks, folder, pool, progress, described.budget)
    if not result.failed and not result.left:
        summary_cache = summary_cache.now(out)
        quiet = replace(execution, observer=NullObserver(), load=replace(load, notes=NullObserver()))
        with suppress(HashbenchError):  # data that is gone since costs the next call its time, no more
            after = grid_status(cells.cells, quiet, retry_failed)
            if not after.tasks:
                summary_cache.keep(list(summary(name, cells, after, retry_failed, jobs)), after.files)
    for line in conclusion(result, out):
        click.echo(line)
    if result.failed:
        raise RunFailed(f"{len(result.failed)} of {len(found.tasks)} models failed; --retry-failed runs them again")


def carry_out(
    tasks: Sequence[Task], folder: ResultsFolder, pool: Executor, progress: GridProgress, budget: Budget
) -> Result:
    """Run the tasks on a pool and close it; Ctrl-C and SIGTERM are `RunInterrupted`."""
    from hashbench.grid.run import run_tasks

    progress.begin_all(len(tasks))
    try:
        return run_tasks(tasks, folder, pool, progress, budget)
    except KeyboardInterrupt:
        ended = f"{progress.ended} of {len(tasks)} models are done"
        raise RunInterrupted(f"stopped; {ended}, and the same command goes on") from None
    finally:
        pool.close()


@click.command()
def schema() -> None:
    """Print the JSON schema of experiment files, for editors and checkers."""
    from hashbench.grid.experiment import Experiment

    click.echo(json.dumps(Experiment.model_json_schema(), indent=2, ensure_ascii=False))


def _resources(text: str | None) -> dict[str, float]:
    try:
        pairs = [part.partition("=") for part in text.split(",")] if text else []
        return {name.strip(): float(amount) for name, _, amount in pairs}
    except ValueError:
        raise BadParameter(f"--resources must be such as GPU=1,MEMORY=8e9; got '{text}'") from None


def summary(name: str, cells: Cells, found: GridStatus, retry_failed: bool, jobs: int) -> Iterator[str]:
    """Say what is done, to do, failed, stale and skipped."""
    runs = sum(len(cell.plan.retrievers) for cell in cells.cells)
    yield f"{name}: {_count(len(cells.cells), 'model')}, {_count(runs, 'run')}"
    yield f"  done: {_count(len(found.done), 'run')}"
    kept = len(found.tasks) - found.to_train
    searched = f"; {_count(kept, 'more model')} that {'is' if kept == 1 else 'are'} kept, to search" if kept else ""
    yield f"  to train: {_count(found.to_train, 'model')}{searched}"
    if found.failed:
        again = ", run again" if retry_failed else " (--retry-failed runs them again)"
        yield f"  failed before: {_count(len(found.failed), 'run')}{again}"
        yield from (f"    {record.run_id[:8]}: {record.error}" for record in found.failed[:LISTED])
    if found.stale:
        yield f"  stale, made again: {_count(len(found.stale), 'run')}"
        yield from (f"    {record.run_id[:8]}: {reason}" for record, reason in found.stale[:LISTED])
    for reason, count in cells.skipped.items():
        yield f"  skipped: {count} × {reason}"
    for problem in found.problems:
        yield f"  left out: {problem}"
    if found.tasks:
        yield f"  time: {_time(found, jobs)}"


def _time(found: GridStatus, jobs: int) -> str:
    if found.seconds is None:
        return "no earlier run to tell it from"
    minutes = found.seconds / jobs / 60
    amount = f"{minutes / 60:.1f} hours" if minutes >= 90 else f"{minutes:.0f} minutes" if minutes >= 1 else "a minute"
    return f"about {amount}, by earlier runs"


def conclusion(result: Result, out: Path) -> Iterator[str]:
    """Say how it ended."""
    for task, reason in result.failed:
        yield f"failed: {task}: {reason}"
    left = f", {len(result.left)} left by the budget (the same command goes on)" if result.left else ""
    yield f"{_count(len(result.done), 'model')} done, {len(result.failed)} failed{left}  (hashbench compare {out}/)"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
