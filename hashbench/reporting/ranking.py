"""The order of a table's rows, and the best value of each column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hashbench.reporting.columns import Column
from hashbench.reporting.row_labels import sort_key
from hashbench.reporting.table import Row


def rank_rows(rows: Iterable[Row], by: Column) -> list[Row]:
    """Return the rows best first by a column, each with its rank.

    Equal values share a rank. Rows without a value come last and have none.
    """

    def order(row: Row) -> tuple[Any, ...]:
        value = row.values.get(by.key)
        return (value is None, 0 if value is None else -by.direction * value, *sort_key(row.record))

    ranked: list[Row] = []
    for position, row in enumerate(sorted(rows, key=order), start=1):
        value = row.values.get(by.key)
        tied = bool(ranked) and ranked[-1].values.get(by.key) == value
        rank = None if value is None else ranked[-1].rank if tied else position
        ranked.append(replace(row, rank=rank))
    return ranked


def best_values(rows: Iterable[Row], columns: Iterable[Column]) -> dict[str, float]:
    """Return the best value of each column that has a better direction and differing values."""
    listed, best = list(rows), {}
    for column in columns:
        if not column.direction:
            continue
        values = {value for row in listed if (value := row.values.get(column.key)) is not None}
        if len(values) > 1:
            best[column.key] = max(values) if column.direction > 0 else min(values)
    return best
