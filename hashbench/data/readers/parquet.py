"""Parquet files: two columns of integers or text, whatever else they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hashbench.data.ids import id_column
from hashbench.data.readers.columns import AUTO, choose
from hashbench.data.readers.rows import BLANKS, Row, Rows, Source, checked, problem
from hashbench.errors import BadData

_EXACT = 2**53  # a double holds each integer up to here


class Parquet:
    """Columns of integers of any width or of text; rows are counted from 1 in messages."""

    def read(self, source: Source, user: str = AUTO, item: str = AUTO, skip_bad_rows: bool = False) -> Rows:
        """Read the user and item columns of all rows."""
        with source.open() as stream:
            try:
                file = pq.ParquetFile(stream)
                names = file.schema_arrow.names
                chosen = [names[place] for place in choose(source.label, names, user, item)]
                table = file.read(columns=chosen)
            except (pa.ArrowException, OSError) as error:
                reason = str(error).splitlines()[0].rstrip(".")
                raise BadData(f"{source.label}: no readable Parquet file ({reason}); get or write it again") from None
        users, items = (_encoded(source.label, name, table.column(name)) for name in chosen)
        rows = Rows(source, id_column(users), id_column(items), lambda: _scan(chosen, users, items))
        return checked(rows, 0, skip_bad_rows)


def _encoded(label: str, name: str, column: Any) -> Any:
    """Encode as a dictionary of text; integers are never turned into floating-point numbers."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_dictionary(column.type):
        column = column.cast(kind)
    if pa.types.is_floating(kind):
        column = _whole(label, name, column)
    elif not (pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise BadData(f"{label}: column '{name}' holds {kind}; expected integers or text. Convert the column.")
    encoded = column.dictionary_encode()
    return encoded.cast(pa.dictionary(pa.int32(), pa.string()))


def _whole(label: str, name: str, column: Any) -> Any:
    values = pc.fill_null(pc.drop_null(column), 0.0).to_numpy()
    values = values[np.isfinite(values)]
    if np.any((values != np.floor(values)) | (np.abs(values) > _EXACT)):
        raise BadData(
            f"{label}: column '{name}' holds floating-point numbers that are no exact ids; save integers or text"
        )
    return pc.if_else(pc.is_finite(column), column, None).cast(pa.int64())


def _scan(names: list[str], users: Any, items: Any) -> Iterator[Row]:
    pairs = zip(users.cast(pa.string()).to_pylist(), items.cast(pa.string()).to_pylist(), strict=True)
    for line, pair in enumerate(pairs, 1):
        user, item = ((value or "").strip(BLANKS) for value in pair)
        yield Row(line, user, item, problem(names[0], user) or problem(names[1], item))
