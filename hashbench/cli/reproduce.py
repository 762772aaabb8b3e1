"""`hashbench reproduce`: runs a paper's table again and shows its figures beside ours, or draws its chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.options import PATH, out, threads, training_place
from hashbench.errors import BadParameter, HashbenchError, RunFailed, Unwritable, why

if TYPE_CHECKING:
    from hashbench.reproduction.table import Table
    from hashbench.results.record import RunRecord
    from hashbench.results.store import ResultsFolder


@click.command()
@click.argument("table")
@click.option("--dataset", "datasets", multiple=True, help="Only this one of the table's data sets; may be repeated.")
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1), help="Seeds of each model.")
@out
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Models trained at the same time.")
@threads("all jobs together")
@click.option("--retry-failed", is_flag=True, help="Run again what failed before.")
@click.option("--dry-run", is_flag=True, help="Show what would be run and how long it takes; run nothing.")
@click.option("--no-run", is_flag=True, help="Train nothing; compare the records in the results folder.")
@click.option("--plots", type=PATH, help="Folder for charts, as SVG. [default: figures/ of the results folder]")
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
    from hashbench.grids.run import GridOptions, open_grid, run_grid
    from hashbench.reproduction.records import of_experiment
    from hashbench.reproduction.table import read_table
    from hashbench.reproduction.text import comparison_lines
    from hashbench.results.store import ResultsFolder

    published = read_table(table)
    if no_run and (dry_run or retry_failed):
        raise BadParameter("--no-run trains nothing: leave out --dry-run and --retry-failed, or --no-run")
    if published.paper.charts and not dry_run:
        _import_drawing()
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
                progress.grid_opened(open_grid(experiment, options, progress, published.name))
                return
            result = run_grid(experiment, options, progress, published.name)
    records = [record for record in (folder.read_all()[0] if out.is_dir() else []) if record.status == "ok"]
    for dataset in experiment.axes.dataset:
        done = of_experiment(experiment, dataset, records)
        for line in comparison_lines(published, dataset, experiment, folder, done, style):
            click.echo(line)
        for line in _draw_charts(published, dataset, folder, done, plots or out / "figures"):
            click.echo(line)
    if result is not None and result.grid.status.tasks:
        for line in conclusion(result.tasks, out):
            click.echo(line)
        if result.tasks.failed:
            raise RunFailed(f"{len(result.tasks.failed)} models failed; --retry-failed runs them again")


def _draw_charts(
    published: Table, dataset: str, folder: ResultsFolder, done: list[RunRecord], plots: Path
) -> Iterator[str]:
    """Write the charts of one data set into one file, and give lines that name it and the paper's finding."""
    from hashbench.cli.report import WIDTH
    from hashbench.reporting.build_tables import comparison_tables
    from hashbench.reporting.figures import CURVES, FigureOptions
    from hashbench.results.atomic import write_file

    paper = published.paper
    if not paper.charts:
        return
    kinds = []
    for chart in paper.charts:
        curves = (chart.curve,) if chart.curve else CURVES
        kinds.append((chart.kind, FigureOptions(folder.hits, chart.quality, curves=curves, over=chart.over)))
    drawing = _import_drawing()(comparison_tables(done, merge_seeds=True), kinds, WIDTH, ".svg")
    if drawing is None:
        yield "There is nothing to draw."
        return
    file = plots / f"{published.name}-{dataset.partition(':')[0]}.svg"
    try:
        plots.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unwritable(f"{plots} cannot be made: {why(error)}") from None
    write_file(file, drawing)
    yield f"{file}: {published.experiment.description}"
    if paper.finding:
        yield f"The paper's finding: {paper.finding}"


def _import_drawing() -> Callable[..., bytes | None]:
    """Return the function that draws charts; raises `HashbenchError`, before anything is trained, if it is missing."""
    from hashbench.cli.report import missing

    try:
        from hashbench.reporting.drawing import draw_figures
    except ImportError as error:
        raise HashbenchError(missing("reproduce", error)) from None
    return draw_figures
