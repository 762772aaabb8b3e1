"""Readers of interaction files, one per format: each turns a source of bytes into rows of ids."""

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
    """Reads one file format."""

    def read(self, source: Source, user: str = AUTO, item: str = AUTO, skip_bad_rows: bool = False) -> Rows:
        """Read the user and item columns of all rows.

        `user` and `item` name columns. Raises `BadData` for a bad row; `skip_bad_rows` drops and counts them instead.
        """


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


def reader_for(path: Path, file_format: Format = "auto") -> Reader:
    """Return the reader of a format; "auto" is the format of the file's suffix. Raises `BadData` if it is unknown."""
    name = _SUFFIXES.get(path.suffix.lower()) if file_format == "auto" else file_format
    if name is None:
        problem = f"hashbench does not read the format '{path.suffix}'" if path.suffix else "the file has no suffix"
        raise BadData(f"{path}: {problem}; give format=…, one of {', '.join(READERS)}")
    return READERS[name]
