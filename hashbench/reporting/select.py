"""Arranges comparison tables: which columns they show, and into which parts they are divided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from hashbench.errors import BadParameter, did_you_mean
from hashbench.reporting.columns import COLUMNS, Column, column_of
from hashbench.reporting.number_format import MISSING
from hashbench.reporting.ranking import best_values, rank_rows
from hashbench.reporting.row_labels import LABELS
from hashbench.reporting.table import ComparisonTable

ALIASES = {"bits": "n_bits"}
"""Names that users may type, and the column's key."""


def select_columns(tables: Iterable[ComparisonTable], names: Sequence[str]) -> list[ComparisonTable]:
    """Show these columns and no others, in this order; raises `BadParameter` for an unknown one."""
    listed = list(tables)
    shown = [*COLUMNS, *(column.key for table in listed for column in table.columns)]
    known = list(dict.fromkeys([*shown, *(name for table in listed for row in table.rows for name in row.values)]))
    for name in names:
        if ALIASES.get(name, name) not in known:
            raise BadParameter(f"--columns '{name}': there is no such column.{did_you_mean(name, known)}")
    return [replace(table, columns=tuple(_selected(table, names))) for table in listed]


def group_tables(tables: Iterable[ComparisonTable], name: str) -> list[ComparisonTable]:
    """Divide each table by the values of a column, such as bits; each part has its own ranks and best values."""
    key = ALIASES.get(name, name)
    if key not in LABELS:
        aliases = {key: alias for alias, key in ALIASES.items()}
        known = [aliases.get(label, label) for label in LABELS]
        raise BadParameter(f"--group-by '{name}': choose from {', '.join(known)}.{did_you_mean(name, known)}")
    return [part for table in tables for part in _parts(table, name, key)]


def _parts(table: ComparisonTable, name: str, key: str) -> Iterator[ComparisonTable]:
    values = list(dict.fromkeys(row.values[key] for row in table.rows))
    for value in sorted(values, key=lambda value: (value is None, str(value).zfill(12))):
        rows = rank_rows([row for row in table.rows if row.values[key] == value], column_of(table.sort))
        title = f"{table.title} · {name} {MISSING if value is None else value}"
        columns = tuple(column for column in table.columns if column.key != key)
        best = best_values(rows, columns)
        yield replace(table, title=title, columns=columns, rows=tuple(rows), best=best, failed=())
    if table.failed:
        yield replace(table, title=f"{table.title} · failed", rows=(), notes=())


def _selected(table: ComparisonTable, names: Sequence[str]) -> Iterator[Column]:
    columns = {column.key: column for column in table.columns}
    if "beats" in names and "letter" in columns and "letter" not in names:
        yield columns["letter"]  # "beats" refers to rows by their letters
    for name in names:
        key = ALIASES.get(name, name)
        yield columns.get(key) or column_of(key)
