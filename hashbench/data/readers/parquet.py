"""Parquet files: two columns of integers or text; other columns are ignored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hashbench.data.ids import id_column
from hashbench.data.readers.columns import AUTO, find_id_columns
from hashbench.data.readers.rows import WHITESPACE, Row, Rows, Source, drop_bad_rows, id_problem
from hashbench.errors import BadData

_MAX_EXACT_INTEGER = 2**53  # up to here a double represents every integer


class Parquet:
    """Columns of integers of any width, or of text. Messages count rows from 1."""

    def read(self, source: Source, user: str = AUTO, item: str = AUTO, skip_bad_rows: bool = False) -> Rows:
        """Read the user and item columns of all rows."""
        with source.open() as stream:
            try:
                file = pq.ParquetFile(stream)
                names = file.schema_arrow.names
                id_names = [names[index] for index in find_id_columns(source.label, names, user, item)]
                table = file.read(columns=id_names)
            except (pa.ArrowException, OSError) as error:
                reason = str(error).splitlines()[0].rstrip(".")
                raise BadData(
                    f"{source.label}: not a readable Parquet file ({reason}); get or write it again"
                ) from None
        users, items = (_as_text_dictionary(source.label, name, table.column(name)) for name in id_names)
        rows = Rows(source, id_column(users), id_column(items), lambda: _scan(id_names, users, items))
        return drop_bad_rows(rows, 0, skip_bad_rows)


def _as_text_dictionary(label: str, name: str, column: Any) -> Any:
    """Encode a column as a dictionary of text; integers are never converted to floating-point numbers."""
    value_type = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_dictionary(column.type):
        column = column.cast(value_type)
    if pa.types.is_floating(value_type):
        column = _as_integers(label, name, column)
    elif not any(check(value_type) for check in (pa.types.is_integer, pa.types.is_string, pa.types.is_large_string)):
        raise BadData(f"{label}: column '{name}' holds {value_type}; expected integers or text. Convert the column.")
    encoded = column.dictionary_encode()
    return encoded.cast(pa.dictionary(pa.int32(), pa.string()))


def _as_integers(label: str, name: str, column: Any) -> Any:
    """Convert floating-point ids to integers, NaN to null; raises `BadData` if a value is not an exact integer."""
    values = pc.fill_null(pc.drop_null(column), 0.0).to_numpy()
    values = values[np.isfinite(values)]
    if np.any((values != np.floor(values)) | (np.abs(values) > _MAX_EXACT_INTEGER)):
        raise BadData(
            f"{label}: column '{name}' holds floating-point numbers that are not exact ids; save integers or text"
        )
    return pc.if_else(pc.is_finite(column), column, None).cast(pa.int64())


def _scan(names: list[str], users: Any, items: Any) -> Iterator[Row]:
    pairs = zip(users.cast(pa.string()).to_pylist(), items.cast(pa.string()).to_pylist(), strict=True)
    for line, pair in enumerate(pairs, 1):
        user, item = ((value or "").strip(WHITESPACE) for value in pair)
        yield Row(line, user, item, id_problem(names[0], user) or id_problem(names[1], item))
