"""Readers of interaction files: each turns a named source of bytes into rows of ids, quickly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol

from hashbench.data.readers.adjacency import Adjacency
from hashbench.data.readers.columns import AUTO
from hashbench.data.readers.delimited import Delimited
from hashbench.data.readers.parquet import Parquet
from hashbench.data.readers.rows import Rows, Source
from hashbench.errors import BadData

Format = Literal["auto", "csv", "tsv", "parquet", "inter", "adjacency", "dat", "rating"]


class Reader(Protocol):
    """A file format."""

    def read(self, source: Source, user: str = AUTO, item: str = AUTO, skip_bad_rows: bool = False) -> Rows:
        """Read the rows of a source; bad rows are refused, or left out and counted."""


READERS: Mapping[str, Reader] = {
    "csv": Delimited(",", quoted=True),
    "tsv": Delimited("\t", quoted=True),
    "parquet": Parquet(),
    "inter": Delimited("\t", typed=True),
    "adjacency": Adjacency(),
    "dat": Delimited("::", ("UserID", "MovieID", "Rating", "Timestamp"), encoding="latin-1"),
    "rating": Delimited("\t", ("user", "item", "rating", "timestamp")),
}
_SUFFIXES = {".txt": "adjacency", ".pq": "parquet"} | {f".{name}": name for name in READERS if name != "adjacency"}


def reader_for(path: Path, form: Format = "auto") -> Reader:
    """Return the reader of a format, by default the one that the file's suffix names."""
    name = _SUFFIXES.get(path.suffix.lower()) if form == "auto" else form
    if name is None:
        problem = f"'{path.suffix}' is no format that hashbench reads" if path.suffix else "no suffix tells its format"
        raise BadData(f"{path}: {problem}; give format=…, one of {', '.join(READERS)}")
    return READERS[name]
