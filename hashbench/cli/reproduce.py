"""`hashbench reproduce`: a paper's table again, its figures and ours side by side, or a chart of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.options import PATH, training_place
from hashbench.errors import BadParameter, HashbenchError, RunFailed, Unwritable, why

if TYPE_CHECKING:
    from hashbench.reproduction.table import Table
    from hashbench.results.record import RunRecord
    from hashbench.results.store import ResultsFolder


@click.command()
@click.argument("table")
@click.option("--dataset", "datasets", multiple=True, help="Of the table's data sets, this one; may be repeated.")
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1), help="Seeds of each model.")
@click.option("--out", default="results", show_default=True, type=PATH, help="Results folder.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Models trained at a time.")
@click.option("--threads", type=int, help="Threads of all jobs together. [default: all cores]")
@click.option("--retry-failed", is_flag=True, help="Run again what failed before.")
@click.option("--dry-run", is_flag=True, help="Say what is to do and how long it takes, and do nothing.")
@click.option("--no-run", is_flag=True, help="Train nothing: compare what is there.")
@click.option("--plots", type=PATH, help="Where charts are written, as SVG. [default: figures/ of the results folder]")
@click.option("--format", "style", type=click.Choice(["table", "markdown"]), default="table", show_default=True)
@training_place
def reproduce(
    table: str,
    datasets: tuple[str, ...],
    seeds: int,
    out: Path,
    jobs: int,
    threads: int | None,
    retry_failed: bool,
    dry_run: bool,
    no_run: bool,
    plots: Path | None,
    style: str,
    device: str,
    data_dir: Path | None,
    skip_bad_rows: bool,
) -> None:
    """Run what is missing of a paper's TABLE, and put its figures and ours side by side.

    TABLE is a name (hashbench list tables) or a file like those in hashbench/reproduction/tables.
    For a chart, such as hashgnn-fig3, ours is drawn.

    Below the figures stand the order of methods in both (Kendall's τ) and the paper's claims, each with a test of
    significance. Runs that are in the results folder count as done; give another folder (--out) to run all of them.
    The command may be interrupted; the same command continues.
    """
    from hashbench.cli.grid_progress import GridProgress
    from hashbench.cli.grid_text import conclusion
    from hashbench.grid.run import GridOptions, run_grid, survey_grid
    from hashbench.reproduction.records import of_experiment
    from hashbench.reproduction.table import read
    from hashbench.reproduction.text import comparison
    from hashbench.results.store import ResultsFolder

    published = read(table)
    if no_run and (dry_run or retry_failed):
        raise BadParameter("--no-run trains nothing: leave out --dry-run and --retry-failed, or --no-run")
    if published.paper.charts and not dry_run:
        _drawing()
    experiment = published.chosen(datasets, seeds)
    folder = ResultsFolder(out)
    result = None
    if not no_run:
        options = GridOptions(
            out=out,
            jobs=jobs,
            threads=threads,
            device=device,
            data_dir=data_dir,
            skip_bad_rows=skip_bad_rows,
            retry_failed=retry_failed,
        )
        with GridProgress() as progress:
            if dry_run:
                progress.grid_surveyed(survey_grid(experiment, options, progress, published.name))
                return
            result = run_grid(experiment, options, progress, published.name)
    records = [record for record in (folder.read_all()[0] if out.is_dir() else []) if record.status == "ok"]
    for dataset in experiment.axes.dataset:
        done = of_experiment(experiment, dataset, records)
        for line in comparison(published, dataset, experiment, folder, done, style):
            click.echo(line)
        for line in _drawn(published, dataset, folder, done, plots or out / "figures"):
            click.echo(line)
    if result is not None and result.survey.status.tasks:
        for line in conclusion(result.tasks, out):
            click.echo(line)
        if result.tasks.failed:
            raise RunFailed(f"{len(result.tasks.failed)} models failed; --retry-failed runs them again")


def _drawn(published: Table, dataset: str, folder: ResultsFolder, done: list[RunRecord], plots: Path) -> Iterator[str]:
    """Write the charts of one data set, in one file, and say where and what the paper reads from its own."""
    from hashbench.cli.report import WIDTH, write
    from hashbench.report.compare import compare
    from hashbench.report.figures import CURVES, Wanted

    paper = published.paper
    if not paper.charts:
        return
    groups = compare(done, pooled=True)
    kinds = [
        (one.kind, Wanted(folder.hits, one.quality, curves=(one.curve,) if one.curve else CURVES, over=one.over))
        for one in paper.charts
    ]
    drawn = _drawing()(groups, kinds, WIDTH, ".svg")
    if drawn is None:
        yield "Nothing is there to draw."
        return
    file = plots / f"{published.name}-{dataset.partition(':')[0]}.svg"
    try:
        plots.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unwritable(f"{plots} cannot be made: {why(error)}") from None
    write(file, drawn)
    yield f"{file}: {published.experiment.description}"
    if paper.found:
        yield f"The paper's finding: {paper.found}"


def _drawing() -> Callable[..., bytes | None]:
    """Return what draws charts; one who lacks it shall know before anything is trained."""
    from hashbench.cli.report import missing

    try:
        from hashbench.report.drawing import drawing
    except ImportError as error:
        raise HashbenchError(missing("reproduce", error)) from None
    return drawing
