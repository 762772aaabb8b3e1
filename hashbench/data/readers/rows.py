"""What every reader takes and gives: a named source of bytes, and the ids of its good rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from hashbench.data.ids import IdColumn
from hashbench.errors import BadData, did_you_mean, why

BLANKS = " \t\r\n\v\f"
"""What does not count around an id."""
UNDECODED = re.compile("[\0\udc80-\udcff]")
"""What bytes that are no UTF-8 text look like, once decoded with surrogates; or a NUL, as UTF-16 is full of."""


@dataclass(frozen=True, eq=False)
class Source:
    """Bytes under a name for messages: a file, or a member of an archive; `path` is the file, or the archive."""

    label: str
    open: Callable[[], BinaryIO]
    path: Path

    @classmethod
    def file(cls, path: Path) -> Source:
        """A file that exists, can be read and is not empty."""
        if not path.exists():
            beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
            raise BadData(f"{path}: no such file.{did_you_mean(path.name, beside)}")
        try:
            with path.open("rb") as file:
                empty = not file.read(1)
        except OSError as error:
            raise BadData(f"{path}: cannot be read ({why(error)}); check that it is a file you may read") from None
        if empty:
            raise BadData(f"{path}: the file is empty; expected rows of users and items. Get or write it again.")
        return cls(str(path), lambda: path.open("rb"), path)

    def read(self) -> bytes:
        """All bytes."""
        with self.open() as file:
            return file.read()


class Row(NamedTuple):
    """One row as the slow, exact reading sees it: its line, its ids, and what is wrong with it."""

    line: int
    user: str
    item: str
    problem: str | None = None


@dataclass(frozen=True, eq=False)
class Rows:
    """The good rows of one source; `scan` reads them again one by one, to name the line of an error."""

    source: Source
    users: IdColumn
    items: IdColumn
    scan: Callable[[], Iterable[Row]]
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.users)

    def line_of(self, row: Callable[[Row], bool]) -> int:
        """Return the line of the first row of that kind; 0 where there is none."""
        return next((one.line for one in self.scan() if row(one)), 0)


def problem(column: str, value: str) -> str | None:
    """Return what is wrong with an id, if anything; bytes that are not UTF-8 come as surrogates."""
    if not value:
        return f"'{column}' is empty"
    if UNDECODED.search(value):
        return f"'{column}' is not UTF-8 text"
    if "\n" in value or "\r" in value:
        return f"'{column}' holds a line break (is a quote left open?)"
    return None


def checked(rows: Rows, malformed: int, skip_bad_rows: bool) -> Rows:
    """Leave out the rows without a user or an item, or refuse the first; `malformed` rows are left out already."""
    good = (rows.users.codes >= 0) & (rows.items.codes >= 0)
    bad = malformed + int(good.size - good.sum())
    total = malformed + good.size
    if not total:
        raise BadData(f"{rows.source.label}: no row follows; expected rows of users and items. Get or write it again.")
    if not bad:
        return rows
    if bad == total or not skip_bad_rows:
        first = next((row for row in rows.scan() if row.problem), None)
        where, wrong = (f":{first.line}", first.problem) if first else ("", "rows that do not parse")
        advice = "no row is left without them" if skip_bad_rows else "give --skip-bad-rows to leave such rows out"
        raise BadData(f"{rows.source.label}{where}: {wrong}; {advice} ({bad:,} of {total:,})")
    return Rows(rows.source, rows.users.where(good), rows.items.where(good), rows.scan, bad)
