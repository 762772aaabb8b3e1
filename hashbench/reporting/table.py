"""A comparison table: ranked rows of one data set and split, its columns and its notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hashbench.reporting.columns import DEVIATION, Column
from hashbench.reporting.html_table import Cell, Heading, html_section, html_table
from hashbench.reporting.metric_names import definitions
from hashbench.reporting.number_format import MISSING, four_decimals
from hashbench.results.record import RunRecord

OWN_FLOAT = "*"
"""Marks a % retained that refers to the row's own model, searched with floats."""

LAST = 999_999
"""What rows without a rank are sorted by."""


@dataclass(frozen=True)
class Row:
    """A record among those it may be compared with, and the values of its cells by column key.

    With several seeds, `record` holds the means and `members` are the runs. `own_float` is true if % retained refers
    to the float search of the row's own model.
    """

    record: RunRecord
    rank: int | None
    values: Mapping[str, Any]
    own_float: bool = False
    members: tuple[RunRecord, ...] = ()


@dataclass(frozen=True, repr=False)
class ComparisonTable:
    """The records of one data set and split, best first; failed runs stand apart.

    `best` holds the best value of each column by key. `profile` is the metric profile by which metrics were rescored,
    None if they are as recorded.
    """

    title: str
    notes: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    failed: tuple[RunRecord, ...]
    best: Mapping[str, float]
    sort: str
    profile: str | None = None

    @property
    def dataset(self) -> str:
        """The data set, as the title begins."""
        return self.title.partition(" · ")[0]

    @property
    def footnotes(self) -> tuple[str, ...]:
        """What is printed below the table: definitions of the metrics shown, then the notes."""
        defined = definitions(column.key for column in self.columns) if self.rows else []
        return (*defined, *self.notes)

    def text(self, row: Row, column: Column) -> str:
        """Return the text of a cell."""
        text = column.text(row.values.get(column.key))
        if (deviation := row.values.get(column.key + DEVIATION)) is not None:
            text += f" ±{four_decimals(deviation)}"
        return text + OWN_FLOAT if column.key == "retained" and row.own_float else text

    def is_best(self, row: Row, column: Column) -> bool:
        """Say whether a cell holds the best value of its column."""
        return column.key in self.best and row.values.get(column.key) == self.best[column.key]

    def __repr__(self) -> str:
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return f"<ComparisonTable {self.title}: {len(self.rows)} rows{failed}>"

    def html(self, attributes: str = "") -> str:
        """Return the table element of HTML, without title and notes; `attributes` stand in its tag."""
        headings = [
            Heading("#", "figure"),
            *(Heading(column.title, _heading_kind(column), column.about) for column in self.columns),
        ]
        rows = [[_rank_cell(row), *(self._cell(row, column) for column in self.columns)] for row in self.rows]
        return html_table(headings, rows, attributes)

    def _repr_html_(self) -> str:
        table = self.html() if self.rows else ""
        return html_section(self.title, table, self.footnotes, [failure_note(record) for record in self.failed])

    def _cell(self, row: Row, column: Column) -> Cell:
        value = row.values.get(column.key)
        order = value if isinstance(value, int | float) else column.text(value)
        if column.direction and value is None:
            order = ""
        kind = "figure" if column.direction else "word"
        return Cell(self.text(row, column), kind, order, self.is_best(row, column))


def failure_note(record: RunRecord) -> str:
    """Return one line that says which run failed, and why."""
    bits = f" {record.n_bits} bits" if record.n_bits else ""
    run = f"{record.encoder} {record.head}{bits} {record.objective} {record.retriever} seed {record.seed}"
    return f"Failed: {run} (run {record.run_id[:8]}): {' '.join(str(record.error).split())}"


def _heading_kind(column: Column) -> str:
    if column.direction:
        return "figure"
    return "plain" if column.key == "run" else "word"


def _rank_cell(row: Row) -> Cell:
    return Cell(str(row.rank or MISSING), "figure", row.rank or LAST)
