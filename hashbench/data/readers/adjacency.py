"""Adjacency lists, as NGCF and LightGCN publish their data: one line a user, `user item item item …`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hashbench.data.ids import id_column
from hashbench.data.readers.columns import AUTO
from hashbench.data.readers.rows import BLANKS, Row, Rows, Source, checked, problem
from hashbench.errors import BadData, BadParameter


class Adjacency:
    """Fields parted by blanks or tabs; a user may have a line without items."""

    def read(self, source: Source, user: str = AUTO, item: str = AUTO, skip_bad_rows: bool = False) -> Rows:
        """Read all pairs; a line that is not UTF-8 counts as one bad row."""
        if (user, item) != (AUTO, AUTO):
            raise BadParameter(f"{source.label}: an adjacency list has no column names to choose by user=… and item=…")
        lines, undecoded = _lines(source)
        fields = pc.ascii_split_whitespace(pc.ascii_trim_whitespace(lines))
        tokens = fields.values.dictionary_encode()
        starts = fields.offsets.to_numpy()
        counts = np.diff(starts) - 1
        _refuse_repeated_users(source, tokens.take(pa.array(starts[:-1])), counts)
        is_item = np.ones(len(tokens), bool)
        is_item[starts[:-1]] = False
        if not is_item.any() and not undecoded:
            raise BadData(f"{source.label}: no line names an item; expected 'user item item …', parted by blanks")
        users = tokens.take(pa.array(np.repeat(starts[:-1], counts)))
        items = tokens.filter(pa.array(is_item))
        rows = Rows(source, _column(users), _column(items), lambda: _scan(source))
        return checked(rows, undecoded, skip_bad_rows)


def _column(tokens: Any) -> Any:
    encoded = id_column(pa.chunked_array([tokens]))
    return encoded.where(np.ones(len(encoded), bool))


def _lines(source: Source) -> tuple[Any, int]:
    """Return the lines that hold anything, and the number of those that are not UTF-8."""
    data = source.read().removeprefix(b"\xef\xbb\xbf")
    try:
        lines = [line for line in data.decode().split("\n") if not _blank(line)]
        return pa.array(lines, pa.string()), 0
    except UnicodeDecodeError:
        rows = list(_scan(source))
        bad = {row.line for row in rows if row.problem}
        lines = [line.decode() for place, line in enumerate(data.split(b"\n"), 1) if place not in bad]
        return pa.array([line for line in lines if not _blank(line)], pa.string()), len(bad)


def _blank(line: str) -> bool:
    return not line.strip(BLANKS)


def _scan(source: Source) -> Iterator[Row]:
    for place, line in enumerate(source.read().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            yield Row(place, "", "", f"byte {error.start + 1} of the line is not UTF-8 text")
            continue
        user, *items = (field.decode() for field in line.split() or [b""])
        yield from (Row(place, user, item, problem("user", user) or problem("item", item)) for item in items)


def _refuse_repeated_users(source: Source, users: Any, counts: Any) -> None:
    """Refuse rows of `user item rating …`, which would otherwise pass for lists of items."""
    codes = users.indices.to_numpy()
    if not counts.size or counts.max() < 2 or np.unique(codes).size == codes.size:
        return
    order = np.argsort(codes, kind="stable")
    again = order[1:][codes[order[1:]] == codes[order[:-1]]].min()
    user = users.dictionary[int(codes[again])]
    seen = [
        place for place, line in enumerate(source.read().split(b"\n"), 1) if line.split()[:1] == [str(user).encode()]
    ]
    raise BadData(
        f"{source.label}:{seen[1]}: user '{user}' has a second line; an adjacency list has one line a user, "
        "'user item item …'. For rows of 'user item rating' give format=rating, tsv or csv."
    )
