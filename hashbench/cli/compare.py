"""`hashbench compare`: ranks the records of results folders, those of each data set with each other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.console import console
from hashbench.cli.records import read_records

if TYPE_CHECKING:
    from hashbench.reporting.table import ComparisonTable
    from hashbench.results.record import RunRecord

FORMATS = ("table", "markdown", "csv", "json", "latex")
PROFILES = ("standard", "hashgnn", "hashlgn", "bigear")


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--baseline", metavar="RUN", help="Run that speed-up and % retained refer to: its id, or a beginning.")
@click.option(
    "--sort",
    metavar="COLUMN",
    help="A metric such as ndcg@100, or p50_ms, batch_qps, bytes_per_item, … "
    "[default: hr at the smallest k; HR@k = hits / test items (recall)]",
)
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="standard",
    show_default=True,
    help="Count hr, recall, precision and ndcg as published code does, to compare with published numbers.",
)
@click.option("--ties", is_flag=True, help="Show the range of each metric over the orders of tied items.")
@click.option(
    "--test", is_flag=True, help="Test which rows differ significantly, over users and seeds (Holm's correction)."
)
@click.option("--each", is_flag=True, help="Show a row for each run, not one row for all seeds.")
@click.option("--where", "condition", metavar="EXPR", help="Records to take, such as 'bits == 64 and head != \"lsh\"'.")
@click.option("--group-by", metavar="COLUMN", help="Divide each table by a column, such as bits.")
@click.option("--columns", metavar="NAME,…", help="Columns to show, such as head,bits,hr@50,p50_ms.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="table", show_default=True)
def compare(
    results: tuple[Path, ...],
    baseline: str | None,
    sort: str | None,
    profile: str,
    ties: bool,
    test: bool,
    each: bool,
    condition: str | None,
    group_by: str | None,
    columns: str | None,
    style: str,
) -> None:
    """Rank the records of RESULTS, folders or record files, those of each data set and split with each other.

    Runs that differ in their seed alone make one row, with means and standard deviations. Speed-up is the p50 of the
    fastest float search over that of the row. % retained is the quality of the row over that of its float reference:
    the run of the same encoder and seeds without hashing.
    """
    from hashbench.errors import HashbenchError
    from hashbench.reporting.compare import ComparisonOptions, compare_records
    from hashbench.results.store import find_run

    where = " ".join(map(str, results))
    located, problems = read_records(results, condition)
    records = [record for _, record in located]
    options = ComparisonOptions(
        sort=sort,
        baseline=find_run(records, baseline, where) if baseline is not None else None,
        profile=profile,
        ties=ties,
        test=test,
        each=each,
        group_by=group_by,
        columns=[name.strip() for name in columns.split(",")] if columns is not None else (),
    )
    comparison = compare_records(records, options, {record.run_id: file for file, record in located})
    for reason in (*problems, *comparison.left_out):
        click.echo(f"left out {reason}", err=True)
    if not comparison.tables:
        raise HashbenchError(f"No record in {where} has hits to count by profile '{profile}'. Run them again.")
    if style == "table":
        _print_tables(comparison.tables)
    else:
        texts = {
            "markdown": comparison.to_markdown,
            "csv": comparison.to_csv,
            "json": comparison.to_json,
            "latex": comparison.to_latex,
        }
        click.echo(texts[style](), nl=False)


def print_comparison(records: Iterable[RunRecord]) -> None:
    """Print the tables of records that were just made."""
    from hashbench.reporting.build_tables import comparison_tables

    _print_tables(comparison_tables(records))


def _print_tables(tables: Iterable[ComparisonTable]) -> None:
    from hashbench.reporting.terminal import print_tables

    print_tables(tables, console())
