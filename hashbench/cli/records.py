"""The records that a command is of: those of folders and files, as far as a condition holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hashbench.report.select import Placed
    from hashbench.results.store import Problem


def read_records(results: Sequence[Path], condition: str | None) -> tuple[list[Placed], list[Problem]]:
    """Return records with their files, and files that are none; raises `HashbenchError` where there is no record."""
    from hashbench.errors import HashbenchError
    from hashbench.report import select
    from hashbench.results.store import locate

    where = " ".join(map(str, results))
    placed, problems = locate(results)
    if not placed:
        for problem in problems:
            click.echo(f"left out {problem}", err=True)
        raise HashbenchError(f"There are no records in {where}. (hashbench run writes them)")
    if condition is not None:
        placed = select.where(placed, condition)
        if not placed:
            raise HashbenchError(f"No record in {where} fits --where '{condition}'.")
    return placed, problems
