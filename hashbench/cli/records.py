"""Reads the records of folders and files for commands, those that fulfil a condition."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hashbench.report.filter import Located
    from hashbench.results.store import Problem


def read_records(results: Sequence[Path], condition: str | None) -> tuple[list[Located], list[Problem]]:
    """Return records with their files, and files that hold no record; raises `HashbenchError` if there is no record."""
    from hashbench.errors import HashbenchError
    from hashbench.results.store import locate

    where = " ".join(map(str, results))
    located, problems = locate(results)
    if not located:
        for problem in problems:
            click.echo(f"left out {problem}", err=True)
        raise HashbenchError(f"There are no records in {where}. (hashbench run writes them)")
    if condition is not None:
        from hashbench.report.filter import filter_records

        located = filter_records(located, condition)
        if not located:
            raise HashbenchError(f"No record in {where} fits --where '{condition}'.")
    return located, problems
