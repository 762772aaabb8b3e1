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
@click.option("--format", "style", type=click.Choice(FORMATS), default="table", show_default=True)
def compare(
    results: tuple[Path, ...], baseline: str | None, sort: str | None, profile: str, ties: bool, style: str
) -> None:
    """Rank the records of RESULTS, folders or record files, a data set at a time.

    Speed-up is the p50 of the fastest float search over that of the row; % retained is the row's
    quality over that of the same encoder and seed without hashing.
    """
    from hashbench.errors import HashbenchError
    from hashbench.report import formats
    from hashbench.report.compare import compare as compare_records
    from hashbench.report.recount import recount
    from hashbench.results.store import find_run, locate

    where = " ".join(map(str, results))
    placed, problems = locate(results)
    recounted = recount(placed, profile)
    for reason in (*problems, *recounted.left_out):
        click.echo(f"left out {reason}", err=True)
    if not placed:
        raise HashbenchError(f"There are no records in {where}. (hashbench run writes them)")
    if not recounted.records:
        raise HashbenchError(f"No record in {where} has hits to count by profile '{profile}'. Run them again.")
    chosen = find_run(recounted.records, baseline, where) if baseline is not None else None
    groups = recounted.label(compare_records(recounted.records, sort, chosen, ties))
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
