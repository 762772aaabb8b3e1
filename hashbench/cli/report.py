"""`hashbench report`: the records of results folders as one page; `hashbench plot`: a figure for a paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from hashbench.cli.records import read_records

if TYPE_CHECKING:
    from hashbench.reporting.figures import FigureOptions
    from hashbench.reporting.points import HitsOf
    from hashbench.reporting.table import ComparisonTable

FILE = click.Path(path_type=Path)
KINDS = ("pareto", "hr-by-n", "curves", "oversampling", "bits", "distances", "sweep", "bars")
CURVES = ("loss", "AUC", "validation HR")
ENDINGS = (".pdf", ".svg", ".png")
WIDTH = 420

RESULTS = click.argument("results", nargs=-1, required=True, type=FILE)
WHERE = click.option("--where", "condition", metavar="EXPR", help="Records to take, such as 'bits == 64'.")
EACH = click.option("--each", is_flag=True, help="Show a row for each run, not one row for all seeds.")


@click.command()
@RESULTS
@click.option("-o", "--output", required=True, type=FILE, help="The page to write, such as report.html.")
@click.option("--title", default="hashbench report", show_default=True, help="Heading of the page.")
@WHERE
@EACH
def report(results: tuple[Path, ...], output: Path, title: str, condition: str | None, each: bool) -> None:
    """Write the records of RESULTS, folders or record files, as one HTML page that needs no network.

    The page has the tables of hashbench compare, which sort and filter. Its figures show quality against latency and
    bytes per item, HR by n, training curves, candidates, and the codes. It also has the command that repeats each row,
    and the machines. HR@k = hits / test items (recall).
    """
    from hashbench.errors import HashbenchError
    from hashbench.results.atomic import write_file

    if output.suffix not in (".html", ".htm"):
        _refuse(output, (".html",))
    tables, hits_of, left_out = _read(results, condition, each)
    try:
        from hashbench.reporting.page import render_page
    except ImportError as error:
        raise HashbenchError(missing("report", error)) from None
    text = render_page(tables, _figure_options(hits_of), left_out, title)
    write_file(output, text.encode())
    _report_done(left_out, f"{output}: {sum(len(table.rows) for table in tables)} rows in {len(tables)} tables")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@RESULTS
@click.option("-o", "--output", required=True, type=FILE, help="The file to write: .pdf, .svg or .png.")
@click.option("--quality", metavar="METRIC", help="Such as ndcg@100. [default: hr at the smallest k]")
@click.option("--cost", "costs", multiple=True, metavar="COLUMN", help="Such as p50_ms, bytes_per_item, train_seconds.")
@click.option(
    "--curve", "curves", multiple=True, type=click.Choice(CURVES), help="Of training curves, this one. [default: all]"
)
@click.option("--over", metavar="PARAMETER", help="Of a sweep: head.bits, objective.rank_weight, …")
@click.option(
    "--width", type=click.IntRange(100, 4000), default=WIDTH, show_default=True, help="Width of a chart in px."
)
@WHERE
@EACH
def plot(
    kind: str,
    results: tuple[Path, ...],
    output: Path,
    quality: str | None,
    costs: tuple[str, ...],
    curves: tuple[str, ...],
    over: str | None,
    width: int,
    condition: str | None,
    each: bool,
) -> None:
    """Draw one KIND of figure of RESULTS for a paper, with the charts of all data sets side by side.

    HR@k = hits / test items (recall).
    """
    from hashbench.errors import BadParameter, HashbenchError
    from hashbench.results.atomic import write_file

    if output.suffix not in ENDINGS:
        _refuse(output, ENDINGS)
    if (kind == "sweep") != (over is not None):
        raise BadParameter(
            "plot sweep needs --over, such as --over head.bits" if over is None else "--over is for sweep"
        )
    tables, hits_of, left_out = _read(results, condition, each)
    _check_columns(tables, quality, costs)
    try:
        from hashbench.reporting.drawing import draw_figures
    except ImportError as error:
        raise HashbenchError(missing("plot", error)) from None
    options = _figure_options(hits_of, quality, costs, curves, over)
    drawing = draw_figures(tables, [(kind, options)], width, output.suffix)
    if drawing is None:
        raise HashbenchError(f"No record in {' '.join(map(str, results))} has what '{kind}' is drawn of.")
    write_file(output, drawing)
    _report_done(left_out, f"{output}: {kind}")


def missing(command: str, error: ImportError) -> str:
    """Return the message for a package of the extra `report` that is not installed."""
    return f"hashbench {command} needs {error.name}: pip install 'hashbench[report]'"


def _read(
    results: tuple[Path, ...], condition: str | None, each: bool
) -> tuple[list[ComparisonTable], HitsOf, list[str]]:
    """Return the tables of records, a function that gives their hits, and what is left out, to which that adds."""
    from hashbench.reporting.build_tables import comparison_tables
    from hashbench.reporting.located import hits_reader

    located, problems = read_records(results, condition)
    left_out = [str(problem) for problem in problems]
    tables = comparison_tables([record for _, record in located], merge_seeds=not each)
    return tables, hits_reader(located, left_out), left_out


def _figure_options(
    hits_of: HitsOf,
    quality: str | None = None,
    costs: Sequence[str] = (),
    curves: Sequence[str] = (),
    over: str | None = None,
) -> FigureOptions:
    from hashbench.reporting.figures import COSTS, FigureOptions

    return FigureOptions(hits_of, quality, tuple(costs) or tuple(COSTS), tuple(curves) or CURVES, over)


def _check_columns(tables: Sequence[ComparisonTable], quality: str | None, costs: Sequence[str]) -> None:
    from hashbench.errors import BadParameter, did_you_mean
    from hashbench.reporting.columns import SORTABLE
    from hashbench.reporting.metric_names import metrics_of

    metrics = metrics_of(row.record for table in tables for row in table.rows)
    for option, names, known in (
        ("--quality", [quality] if quality else [], metrics),
        ("--cost", costs, [*SORTABLE, *metrics]),
    ):
        for name in names:
            if name not in known:
                choices = f"choose from {', '.join(known)}.{did_you_mean(name, known)}"
                raise BadParameter(f"{option} '{name}': there is no such column; {choices}")


def _refuse(output: Path, endings: Sequence[str]) -> NoReturn:
    from hashbench.errors import BadParameter

    raise BadParameter(f"--output {output}: its name must end in {' or '.join(endings)}")


def _report_done(left_out: Sequence[str], summary: str) -> None:
    for line in dict.fromkeys(left_out):
        click.echo(f"left out {line}", err=True)
    click.echo(summary, err=True)
