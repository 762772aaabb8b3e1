"""`hashbench report`: the records of results folders as one page; `hashbench plot`: one of its figures for a paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from hashbench.cli.records import read_records

if TYPE_CHECKING:
    from hashbench.report.compare import ComparisonTable
    from hashbench.report.figures import Wanted
    from hashbench.results.per_user import Hits
    from hashbench.results.record import RunRecord

FILE = click.Path(path_type=Path)
KINDS = ("pareto", "hr-by-n", "curves", "oversampling", "bits", "distances", "sweep", "bars")
CURVES = ("loss", "AUC", "validation HR")
ENDINGS = (".pdf", ".svg", ".png")
WIDTH = 420

RESULTS = click.argument("results", nargs=-1, required=True, type=FILE)
WHERE = click.option("--where", "condition", metavar="EXPR", help="Records to take, such as 'bits == 64'.")
EACH = click.option("--each", is_flag=True, help="A row for each run, not one for all seeds.")


@click.command()
@RESULTS
@click.option("-o", "--output", required=True, type=FILE, help="The page to write, such as report.html.")
@click.option("--title", default="hashbench report", show_default=True, help="Heading of the page.")
@WHERE
@EACH
def report(results: tuple[Path, ...], output: Path, title: str, condition: str | None, each: bool) -> None:
    """Write the records of RESULTS, folders or record files, as one HTML page that needs no network.

    It has the tables of hashbench compare, which sort and filter, and figures: quality against latency and bytes, HR by
    n, training curves, candidates, and what codes are like; the command that repeats each row, and the machines.
    """
    from hashbench.errors import HashbenchError

    if output.suffix not in (".html", ".htm"):
        _refuse(output, (".html",))
    groups, wanted, left_out = _read(results, condition, each)
    try:
        from hashbench.report.page import page
    except ImportError as error:
        raise HashbenchError(missing("report", error)) from None
    text = page(groups, wanted(None, ()), left_out, title)
    write(output, text.encode())
    _tell(left_out, f"{output}: {sum(len(group.rows) for group in groups)} rows in {len(groups)} tables")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@RESULTS
@click.option("-o", "--output", required=True, type=FILE, help="The file to write: .pdf, .svg or .png.")
@click.option("--quality", metavar="METRIC", help="Such as ndcg@100; HR at the smallest k by default.")
@click.option("--cost", "costs", multiple=True, metavar="COLUMN", help="Such as p50_ms, bytes_per_item, train_seconds.")
@click.option("--curve", "curves", multiple=True, type=click.Choice(CURVES), help="Of curves, this; all by default.")
@click.option("--over", metavar="PARAMETER", help="Of a sweep, such as head.bits, objective.rank_weight, training.lr.")
@click.option("--width", type=click.IntRange(100, 4000), default=WIDTH, show_default=True, help="Of one chart, in px.")
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
    """Draw one KIND of figure of RESULTS for a paper, a chart a data set side by side."""
    from hashbench.errors import BadParameter, HashbenchError

    if output.suffix not in ENDINGS:
        _refuse(output, ENDINGS)
    if (kind == "sweep") != (over is not None):
        raise BadParameter(
            "plot sweep needs --over, such as --over head.bits" if over is None else "--over is for sweep"
        )
    groups, wanted, left_out = _read(results, condition, each)
    _check_columns(groups, quality, costs)
    try:
        from hashbench.report.drawing import drawing
    except ImportError as error:
        raise HashbenchError(missing("plot", error)) from None
    figure = replace(wanted(quality, costs), over=over, curves=curves or CURVES)
    drawn = drawing(groups, [(kind, figure)], width, output.suffix)
    if drawn is None:
        raise HashbenchError(f"No record in {' '.join(map(str, results))} has what '{kind}' is drawn of.")
    write(output, drawn)
    _tell(left_out, f"{output}: {kind}")


def _read(
    results: tuple[Path, ...], condition: str | None, each: bool
) -> tuple[list[ComparisonTable], Callable[[str | None, Sequence[str]], Wanted], list[str]]:
    """Return the groups of records, how figures are made from them, and a growing list of what is left out."""
    from hashbench.errors import BadRecord
    from hashbench.report.compare import compare
    from hashbench.results.store import ResultsFolder

    placed, problems = read_records(results, condition)
    left_out = [str(problem) for problem in problems]
    folders = {record.run_id: ResultsFolder(file.parent) for file, record in placed}

    def hits(record: RunRecord) -> Hits | None:
        try:
            return folders[record.run_id].hits(record)
        except BadRecord as error:
            left_out.append(str(error))
            return None

    def wanted(quality: str | None, costs: Sequence[str]) -> Wanted:
        from hashbench.report.figures import COSTS, Wanted

        return Wanted(hits, quality, tuple(costs) or tuple(COSTS))

    return compare([record for _, record in placed], pooled=not each), wanted, left_out


def _check_columns(groups: Sequence[ComparisonTable], quality: str | None, costs: Sequence[str]) -> None:
    from hashbench.errors import BadParameter, did_you_mean
    from hashbench.report.columns import SORTABLE, metrics_of

    metrics = metrics_of(row.record for group in groups for row in group.rows)
    for option, given, known in (
        ("--quality", [quality] if quality else [], metrics),
        ("--cost", costs, [*SORTABLE, *metrics]),
    ):
        for name in given:
            if name not in known:
                there = f"there are {', '.join(known)}.{did_you_mean(name, known)}"
                raise BadParameter(f"{option} '{name}': there is no such column; {there}")


def _refuse(output: Path, endings: Sequence[str]) -> NoReturn:
    from hashbench.errors import BadParameter

    raise BadParameter(f"--output {output}: its name must end in {' or '.join(endings)}")


def missing(command: str, error: ImportError) -> str:
    """Return what to say where a package of the extra `report` is not there."""
    return f"hashbench {command} needs {error.name}: pip install 'hashbench[report]'"


def write(output: Path, content: bytes) -> None:
    """Replace a file."""
    from hashbench.errors import Unwritable, why
    from hashbench.results.atomic import atomic_write

    try:
        with atomic_write(output) as stream:
            stream.write(content)
    except OSError as error:
        raise Unwritable(f"{output} cannot be written: {why(error)}") from None


def _tell(left_out: Sequence[str], done: str) -> None:
    for line in dict.fromkeys(left_out):
        click.echo(f"left out {line}", err=True)
    click.echo(done, err=True)
