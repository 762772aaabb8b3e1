"""`hashbench compare`: ranks the records of results folders a data set at a time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.console import console
from hashbench.cli.records import read_records

if TYPE_CHECKING:
    from hashbench.report.compare import ComparisonTable
    from hashbench.results.record import RunRecord

FORMATS = ("table", "markdown", "csv", "json", "latex")
PROFILES = ("standard", "hashgnn", "hashlgn", "bigear")


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--baseline", metavar="RUN", help="Run that speed-up and % retained refer to: its id, or a beginning.")
@click.option("--sort", metavar="COLUMN", help="A metric such as ndcg@100, or p50_ms, batch_qps, bytes_per_item, …")
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="standard",
    show_default=True,
    help="Count hr, recall, precision and ndcg as published code does, to compare with published numbers.",
)
@click.option("--ties", is_flag=True, help="Show each metric's range over the orders of tied items.")
@click.option(
    "--test", is_flag=True, help="Test which rows really differ, over users and seeds (with Holm's correction)."
)
@click.option("--each", is_flag=True, help="A row for each run, not one for all seeds.")
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
    """Rank the records of RESULTS, folders or record files, a data set at a time.

    Runs that differ in their seed alone make one row, with means and standard deviations. Speed-up is the p50 of the
    fastest float search over that of the row; % retained is the row's quality over that of the same encoder and seeds
    without hashing.
    """
    from hashbench.errors import BadParameter, HashbenchError
    from hashbench.report import formats, select
    from hashbench.report.compare import compare as compare_records
    from hashbench.report.rescore import rescore
    from hashbench.results.store import find_run

    where = " ".join(map(str, results))
    placed, problems = read_records(results, condition)
    recounted = rescore(placed, profile)
    for reason in (*problems, *recounted.left_out):
        click.echo(f"left out {reason}", err=True)
    if not recounted.records:
        raise HashbenchError(f"No record in {where} has hits to count by profile '{profile}'. Run them again.")
    chosen = find_run(recounted.records, baseline, where) if baseline is not None else None
    groups = recounted.label(compare_records(recounted.records, sort, chosen, ties, pooled=not each))
    if test and profile != "standard":
        raise BadParameter("--test is of users' values as they were recorded: leave --profile out")
    if group_by is not None:
        groups = select.divide(groups, group_by)
    if test:
        groups = _tested(groups, placed, chosen)
    if columns is not None:
        groups = select.show(groups, [name.strip() for name in columns.split(",")])
    if style == "table":
        _print_groups(groups)
    else:
        write = {"markdown": formats.markdown, "csv": formats.as_csv, "json": formats.as_json, "latex": formats.latex}
        click.echo(write[style](groups), nl=False)


def _tested(
    groups: list[ComparisonTable], placed: list[tuple[Path, RunRecord]], baseline: RunRecord | None
) -> list[ComparisonTable]:
    import numpy as np

    from hashbench.report.verdicts import add_significance
    from hashbench.results.store import ResultsFolder

    folders = {record.run_id: ResultsFolder(file.parent) for file, record in placed}
    return [
        add_significance(
            group, lambda record: folders[record.run_id].per_user(record), baseline, np.random.default_rng(0)
        )
        for group in groups
    ]


def print_comparison(records: Iterable[RunRecord]) -> None:
    """Print the tables of records that were just made."""
    from hashbench.report.compare import compare as compare_records

    _print_groups(compare_records(records))


def _print_groups(groups: Iterable[ComparisonTable]) -> None:
    from hashbench.report.terminal import print_groups

    print_groups(groups, console())
