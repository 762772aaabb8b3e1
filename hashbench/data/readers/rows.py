"""Input and output of every reader: a source of bytes, and the ids of its good rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from hashbench.data.ids import IdColumn
from hashbench.errors import BadData, did_you_mean, why

WHITESPACE = " \t\r\n\v\f"
"""Characters that are stripped from both ends of an id."""
UNDECODED = re.compile("[\0\udc80-\udcff]")
"""Matches bytes that are not UTF-8 text, decoded as surrogates, and NUL, which occurs in UTF-16 text."""


@dataclass(frozen=True, eq=False)
class Source:
    """A file, or a member of an archive: `label` names it in messages, `path` is the file or the archive."""

    label: str
    open: Callable[[], BinaryIO]
    path: Path

    @classmethod
    def file(cls, path: Path) -> Source:
        """Return the source of a file; raises `BadData` if it does not exist, cannot be read or is empty."""
        if not path.exists():
            siblings = [sibling.name for sibling in path.parent.iterdir()] if path.parent.is_dir() else []
            raise BadData(f"{path}: no such file.{did_you_mean(path.name, siblings)}")
        try:
            with path.open("rb") as file:
                empty = not file.read(1)
        except OSError as error:
            raise BadData(f"{path}: cannot be read ({why(error)}); check that it is a file you may read") from None
        if empty:
            raise BadData(f"{path}: the file is empty; expected rows of users and items. Get or write it again.")
        return cls(str(path), lambda: path.open("rb"), path)

    def read(self) -> bytes:
        """Return all bytes."""
        with self.open() as file:
            return file.read()


class Row(NamedTuple):
    """One row as the slow second reading sees it: its line, its ids, and what is wrong with it (None if nothing)."""

    line: int
    user: str
    item: str
    problem: str | None = None


@dataclass(frozen=True, eq=False)
class Rows:
    """The good rows of one source.

    `scan` reads all rows again, one by one, to find the line of an error. `skipped` counts the bad rows.
    """

    source: Source
    users: IdColumn
    items: IdColumn
    scan: Callable[[], Iterable[Row]]
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.users)

    def first_line(self, matches: Callable[[Row], bool]) -> int:
        """Return the line of the first row that matches; 0 if none does."""
        return next((row.line for row in self.scan() if matches(row)), 0)


def id_problem(column: str, value: str) -> str | None:
    """Return what is wrong with an id, or None. Bytes that are not UTF-8 must be decoded as surrogates."""
    if not value:
        return f"'{column}' is empty"
    if UNDECODED.search(value):
        return f"'{column}' is not UTF-8 text"
    if "\n" in value or "\r" in value:
        return f"'{column}' contains a line break (is a quote not closed?)"
    return None


def drop_bad_rows(rows: Rows, n_malformed: int, skip_bad_rows: bool) -> Rows:
    """Return only the rows with a user and an item; `n_malformed` bad rows have been dropped before.

    Raises `BadData` for the first bad row unless `skip_bad_rows`, and if no good row is left.
    """
    good = (rows.users.codes >= 0) & (rows.items.codes >= 0)
    n_bad = n_malformed + int(good.size - good.sum())
    n_rows = n_malformed + good.size
    if not n_rows:
        raise BadData(
            f"{rows.source.label}: there are no rows; expected rows of users and items. Get or write it again."
        )
    if not n_bad:
        return rows
    if n_bad == n_rows or not skip_bad_rows:
        first = next((row for row in rows.scan() if row.problem), None)
        line, problem = (f":{first.line}", first.problem) if first else ("", "rows cannot be parsed")
        advice = "no good row is left" if skip_bad_rows else "give --skip-bad-rows to leave such rows out"
        raise BadData(f"{rows.source.label}{line}: {problem}; {advice} ({n_bad:,} of {n_rows:,})")
    return Rows(rows.source, rows.users.select(good), rows.items.select(good), rows.scan, n_bad)
