"""Names of methods in figures: as short as tells the rows of a table apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hashbench.reporting.row_labels import LABELS
from hashbench.reporting.table import ComparisonTable, Row

Point = dict[str, Any]
"""A flat row of the data of a chart."""


@dataclass(frozen=True)
class MethodNames:
    """The names of a table's methods and of their retrievers, by run id."""

    method: dict[str, str]
    retriever: dict[str, str]

    @classmethod
    def of(cls, table: ComparisonTable) -> MethodNames:
        """Name each row by its head, and by as few other labels as tell the methods of the table apart."""
        chosen = [label for label in LABELS if label != "retriever"]
        full = _names(table, chosen)
        for label in reversed([label for label in chosen if label != "head"]):
            fewer = [other for other in chosen if other != label]
            if len(set(_names(table, fewer).values())) == len(set(full.values())):
                chosen = fewer
        return cls(_names(table, chosen), {row.record.run_id: str(row.values["retriever"]) for row in table.rows})

    def point(self, row: Row) -> Point:
        """Return the method, the retriever and the run of a row as fields of a point."""
        run = row.record.run_id
        return {"method": self.method[run], "retriever": self.retriever[run], "run": str(row.values["run"])}


def _names(table: ComparisonTable, labels: Sequence[str]) -> dict[str, str]:
    return {row.record.run_id: " ".join(_words(row, labels)) for row in table.rows}


def _words(row: Row, labels: Sequence[str]) -> Iterator[str]:
    for label in labels:
        value = row.values[label]
        if value is None or (label, value) == ("train_head", "joint"):
            continue
        in_words = {"n_bits": f"{value} bits", "train_head": "trained after", "seed": f"seed {value}"}
        yield in_words.get(label, str(value))
