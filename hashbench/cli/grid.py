"""`hashbench grid`: runs what is missing of an experiment file's grid; `hashbench schema`: the schema of such files."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.grid_text import conclusion, summary
from hashbench.cli.options import PATH, out, threads, training_place
from hashbench.errors import BadParameter, HashbenchError, RunFailed

if TYPE_CHECKING:
    from hashbench.grids.run import Grid
    from hashbench.grids.summary_cache import SummaryCache


@click.command()
@click.argument("experiment", type=PATH)
@out
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Models trained at a time.")
@threads("all jobs together")
@click.option("--scheduler", metavar="ADDRESS", help="Run on a Dask cluster, such as tcp://host:8786.")
@click.option("--resources", metavar="NAME=N,…", help="What a Dask worker must have for a model, such as GPU=1.")
@training_place
@click.option("--retry-failed", is_flag=True, help="Run again what failed before.")
@click.option("--dry-run", is_flag=True, help="Print what is done and what is missing, and run nothing.")
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
    """Run what is missing of the grid that EXPERIMENT describes (TOML; see hashbench schema).

    You may stop it at any time, by any means: the same command continues. Several grids may share one results folder.
    """
    from hashbench.grids.summary_cache import SummaryCache

    # The summary of a finished grid is printed without loading torch.
    cached_options = {"data_dir": data_dir, "skip_bad_rows": skip_bad_rows, "retry_failed": retry_failed}
    summary_cache = SummaryCache.current(experiment, out, cached_options)
    if (lines := summary_cache.load()) is not None:
        click.echo("\n".join(lines))
        return

    from hashbench.cli.grid_progress import GridProgress
    from hashbench.grids.run import GridOptions, open_grid, run_grid

    options = GridOptions(
        out=out,
        jobs=jobs,
        threads=threads,
        scheduler=scheduler,
        resources=_resources(resources),
        device=device,
        data_dir=data_dir,
        skip_bad_rows=skip_bad_rows,
        retry_failed=retry_failed,
    )
    with GridProgress() as progress:
        if dry_run:
            progress.grid_opened(open_grid(experiment, options, progress))
            return
        result = run_grid(experiment, options, progress)
    status = result.grid.status
    if not status.tasks:
        summary_cache.save(list(summary(result.grid)), status.data_files)
        return
    if result.complete:
        _save_summary(result.grid, summary_cache.with_current_records(out))
    for line in conclusion(result.tasks, out):
        click.echo(line)
    if n_failed := len(result.tasks.failed):
        raise RunFailed(f"{n_failed} of {len(status.tasks)} models failed; --retry-failed runs them again")


@click.command()
def schema() -> None:
    """Print the JSON schema of experiment files, for editors and checkers."""
    from hashbench.grids.experiment import Experiment

    click.echo(json.dumps(Experiment.model_json_schema(), indent=2, ensure_ascii=False))


def _save_summary(before: Grid, summary_cache: SummaryCache) -> None:
    """Cache the summary that the next call prints, if nothing is missing."""
    from hashbench.grids.run import open_grid
    from hashbench.observers import NullObserver

    with suppress(HashbenchError):  # if the data have gone since, the next call only takes longer
        opened = open_grid(before.experiment, before.options, NullObserver(), before.name)
        if not opened.status.tasks:
            summary_cache.save(list(summary(opened)), opened.status.data_files)


def _resources(text: str | None) -> dict[str, float]:
    try:
        pairs = [part.partition("=") for part in text.split(",")] if text else []
        return {name.strip(): float(amount) for name, _, amount in pairs}
    except ValueError:
        raise BadParameter(f"--resources must be such as GPU=1,MEMORY=8e9; got '{text}'") from None
