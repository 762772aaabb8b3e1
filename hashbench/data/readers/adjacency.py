"""Adjacency lists, as NGCF and LightGCN publish their data: one line per user, `user item item item …`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hashbench.data.ids import id_column
from hashbench.data.readers.columns import AUTO
from hashbench.data.readers.rows import WHITESPACE, Row, Rows, Source, drop_bad_rows, id_problem
from hashbench.errors import BadData, BadParameter


class Adjacency:
    """Fields separated by blanks or tabs. A line may have a user without items."""

    def read(self, source: Source, user: str = AUTO, item: str = AUTO, skip_bad_rows: bool = False) -> Rows:
        """Read all pairs. A line that is not UTF-8 counts as one bad row."""
        if (user, item) != (AUTO, AUTO):
            raise BadParameter(f"{source.label}: an adjacency list has no column names to choose by user=… and item=…")
        lines, n_undecoded = _read_lines(source)
        fields = pc.ascii_split_whitespace(pc.ascii_trim_whitespace(lines))
        tokens = fields.values.dictionary_encode()
        starts = fields.offsets.to_numpy()
        counts = np.diff(starts) - 1
        _refuse_repeated_users(source, tokens.take(pa.array(starts[:-1])), counts)
        is_item = np.ones(len(tokens), bool)
        is_item[starts[:-1]] = False
        if not is_item.any() and not n_undecoded:
            raise BadData(f"{source.label}: no line names an item; expected 'user item item …', separated by blanks")
        users = tokens.take(pa.array(np.repeat(starts[:-1], counts)))
        items = tokens.filter(pa.array(is_item))
        rows = Rows(source, _id_column(users), _id_column(items), lambda: _scan(source))
        return drop_bad_rows(rows, n_undecoded, skip_bad_rows)


def _id_column(tokens: Any) -> Any:
    encoded = id_column(pa.chunked_array([tokens]))
    return encoded.select(np.ones(len(encoded), bool))


def _read_lines(source: Source) -> tuple[Any, int]:
    """Return the lines that are not blank, and the number of lines that are not UTF-8."""
    data = source.read().removeprefix(b"\xef\xbb\xbf")
    try:
        lines = [line for line in data.decode().split("\n") if not _blank(line)]
        return pa.array(lines, pa.string()), 0
    except UnicodeDecodeError:
        rows = list(_scan(source))
        bad_lines = {row.line for row in rows if row.problem}
        lines = [line.decode() for number, line in enumerate(data.split(b"\n"), 1) if number not in bad_lines]
        return pa.array([line for line in lines if not _blank(line)], pa.string()), len(bad_lines)


def _blank(line: str) -> bool:
    return not line.strip(WHITESPACE)


def _scan(source: Source) -> Iterator[Row]:
    for number, line in enumerate(source.read().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            yield Row(number, "", "", f"byte {error.start + 1} of the line is not UTF-8 text")
            continue
        user, *items = (field.decode() for field in line.split() or [b""])
        yield from (Row(number, user, item, id_problem("user", user) or id_problem("item", item)) for item in items)


def _refuse_repeated_users(source: Source, users: Any, counts: Any) -> None:
    """Refuse rows of `user item rating …`, which would otherwise be read as lists of items."""
    codes = users.indices.to_numpy()
    if not counts.size or counts.max() < 2 or np.unique(codes).size == codes.size:
        return
    order = np.argsort(codes, kind="stable")
    first_repeat = order[1:][codes[order[1:]] == codes[order[:-1]]].min()
    user = users.dictionary[int(codes[first_repeat])]
    lines = [
        number for number, line in enumerate(source.read().split(b"\n"), 1) if line.split()[:1] == [str(user).encode()]
    ]
    raise BadData(
        f"{source.label}:{lines[1]}: user '{user}' has a second line; an adjacency list has one line per user, "
        "'user item item …'. For rows of 'user item rating' give format=rating, tsv or csv."
    )
