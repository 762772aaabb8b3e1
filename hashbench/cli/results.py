"""`hashbench results`: the records of a results folder, listed, shown, pruned, exported, upgraded and packed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashbench.cli.options import results_folder
from hashbench.cli.show import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from hashbench.results.store import Problem

FOLDER = click.Path(path_type=Path)
LISTED = ("run_id", "status", "dataset", "encoder", "head", "n_bits", "retriever", "seed", "created")
ENDINGS = {".csv": "csv", ".parquet": "parquet"}


@click.group()
def results() -> None:
    """List, show, prune, export, upgrade and pack the records of a results folder."""


@results.command("list")
@results_folder
@click.option("--where", "condition", metavar="EXPR", help="Records to take, such as 'bits == 64'.")
def list_records(folder: Path, condition: str | None) -> None:
    """List the records of FOLDER, one a line."""
    import pandas as pd

    from hashbench.reporting.metric_names import metrics_in
    from hashbench.reporting.number_format import MISSING, four_decimals

    frame = _frame(folder, condition)
    metrics = metrics_in(frame.columns)[:1]
    shown = frame[[*LISTED, *metrics]].astype(object)
    shown["created"] = [created[:16].replace("T", " ") for created in shown["created"]]
    for metric in metrics:
        shown[metric] = [MISSING if pd.isna(value) else four_decimals(value) for value in shown[metric]]
    shown = shown.mask(shown.isna(), MISSING).rename(columns={"n_bits": "bits"})
    click.echo(_aligned([list(shown.columns), *shown.to_numpy().tolist()]))
    click.echo(f"{len(frame):,} records", err=True)


@results.command()
@results_folder
@click.option("--failed", is_flag=True, help="Records of runs that failed.")
@click.option("--damaged", is_flag=True, help="Files that are no records or cannot be read.")
@click.option("--where", "condition", metavar="EXPR", help="Records that fit, such as 'dataset == \"synthetic\"'.")
@click.option("--yes", is_flag=True, help="Delete; without it, only say what would be.")
def prune(folder: Path, failed: bool, damaged: bool, condition: str | None, yes: bool) -> None:
    """Delete records of FOLDER with their users' values, and values that have lost their record."""
    from hashbench.results.prune import prunable

    chosen = set(_frame(folder, condition)["run_id"]) if condition is not None else set()
    reasons = prunable(folder, failed, damaged, chosen)
    for file, reason in reasons.items():
        click.echo(f"{file}: {reason}")
        if yes:
            file.unlink(missing_ok=True)
    click.echo(f"{len(reasons)} files {'deleted' if yes else 'to delete; --yes deletes them'}", err=True)


@results.command()
@results_folder
@click.option("-o", "--output", required=True, type=FOLDER, help="File to write: .csv or .parquet.")
@click.option("--where", "condition", metavar="EXPR", help="Records to take, such as 'bits == 64'.")
def export(folder: Path, output: Path, condition: str | None) -> None:
    """Write the records of FOLDER as one table, a row a record: .csv or .parquet."""
    from hashbench.errors import BadParameter, Unwritable, why
    from hashbench.results.atomic import atomic_write

    if output.suffix not in ENDINGS:
        raise BadParameter(f"--output {output}: its name must end in .csv or .parquet")
    frame = _frame(folder, condition)
    try:
        with atomic_write(output) as stream:
            if output.suffix == ".csv":
                frame.to_csv(stream, index=False)
            else:
                frame.to_parquet(stream, index=False)
    except OSError as error:
        raise Unwritable(f"{output} cannot be written: {why(error)}") from None
    click.echo(f"{len(frame):,} records in {output}", err=True)


@results.command()
@results_folder
def upgrade(folder: Path) -> None:
    """Rewrite the records of FOLDER that an older hashbench wrote, in the present format and under present names.

    Older records can be read without this. Run ids are hashes of parameters, so upgraded records have new ids.
    """
    from hashbench.results.rewrite import upgrade_folder

    _check_folder(folder)
    files, problems = upgrade_folder(folder)
    _print_problems(problems)
    click.echo(f"{len(files):,} records upgraded in {folder}", err=True)


@results.command()
@results_folder
@click.option("-o", "--output", required=True, type=FOLDER, help="Folder for the records and packs; may be FOLDER.")
def pack(folder: Path, output: Path) -> None:
    """Write the records of FOLDER to another folder, small enough to share.

    Per-user values are written as packs, one file per data set and split: hits, from which metrics are recomputed.
    """
    from hashbench.results.rewrite import pack_folder

    _check_folder(folder)
    packs, problems = pack_folder(folder, output)
    _print_problems(problems)
    for file in packs:
        click.echo(file)
    click.echo(f"{len(packs)} packs in {output}", err=True)


results.add_command(show)


def _check_folder(folder: Path) -> None:
    from hashbench.errors import HashbenchError

    if not folder.is_dir():
        raise HashbenchError(f"There is no results folder {folder}. (hashbench run writes one)")


def _print_problems(problems: Sequence[Problem]) -> None:
    for problem in problems:
        click.echo(f"left out {problem}", err=True)


def _aligned(rows: list[list[Any]]) -> str:
    """Write a line a row; of ten thousand rows tabulate looks at each cell several times."""
    columns = [[str(value) for value in column] for column in zip(*rows, strict=True)]
    widths = [max(map(len, column)) for column in columns]
    padded = [[text.ljust(width) for text in column] for column, width in zip(columns, widths, strict=True)]
    return "\n".join("  ".join(row).rstrip() for row in zip(*padded, strict=True))


def _frame(folder: Path, condition: str | None) -> pd.DataFrame:
    import warnings

    from hashbench.reporting.filter import fulfils
    from hashbench.results.frame import load_results

    _check_folder(folder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = load_results(folder)
    for warning in caught:
        click.echo(str(warning.message), err=True)
    if condition is None:
        return frame
    return frame[fulfils(frame.rename(columns={"n_bits": "bits"}), condition)]
