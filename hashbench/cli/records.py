"""Reads the records of folders and files for commands, those that fulfil a condition."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hashbench.reporting.filter import Located
    from hashbench.results.store import Problem


def read_records(results: Sequence[Path], condition: str | None) -> tuple[list[Located], list[Problem]]:
    """Return records with their files, and files that hold no record; raises `HashbenchError` if there is no record."""
    from hashbench.errors import HashbenchError
    from hashbench.reporting.located import locate_records

    problems: list[Problem] = []
    try:
        return locate_records(results, condition, problems.append), problems
    except HashbenchError:
        for problem in problems:
            click.echo(f"left out {problem}", err=True)
        raise
