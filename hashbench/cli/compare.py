"""`hashbench compare`: ranks the records of results folders a data set at a time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.console import console

if TYPE_CHECKING:
    from hashbench.report.compare import Group
    from hashbench.results.record import RunRecord

FORMATS = ("table", "markdown", "csv", "json", "latex")


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--baseline", metavar="RUN", help="Run that speed-up and % retained refer to: its id, or a beginning.")
@click.option("--sort", metavar="COLUMN", help="A metric such as ndcg@100, or p50_ms, batch_qps, bytes_per_item, …")
@click.option("--format", "style", type=click.Choice(FORMATS), default="table", show_default=True)
def compare(results: tuple[Path, ...], baseline: str | None, sort: str | None, style: str) -> None:
    """Rank the records of RESULTS, folders or record files, a data set at a time.

    Speed-up is the p50 of the fastest float search over that of the row; % retained is the row's
    quality over that of the same encoder and seed without hashing.
    """
    from hashbench.errors import HashbenchError
    from hashbench.report import formats
    from hashbench.report.compare import compare as compare_records
    from hashbench.results.store import find_run, read_files

    where = " ".join(map(str, results))
    records, problems = read_files(results)
    for problem in problems:
        click.echo(f"left out {problem}", err=True)
    if not records:
        raise HashbenchError(f"There are no records in {where}. (hashbench run writes them)")
    groups = compare_records(records, sort, find_run(records, baseline, where) if baseline is not None else None)
    if style == "table":
        _print_groups(groups)
    else:
        write = {"markdown": formats.markdown, "csv": formats.as_csv, "json": formats.as_json, "latex": formats.latex}
        click.echo(write[style](groups), nl=False)


def print_comparison(records: Iterable[RunRecord]) -> None:
    """Print the tables of records that were just made."""
    from hashbench.report.compare import compare as compare_records

    _print_groups(compare_records(records))


def _print_groups(groups: Iterable[Group]) -> None:
    from hashbench.report.terminal import print_groups

    print_groups(groups, console())
