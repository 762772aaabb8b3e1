"""Comparison tables on a terminal: columns that do not fit are left out, the least important first, and named."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hashbench.reporting.columns import Column
from hashbench.reporting.metric_names import METRIC, cutoff
from hashbench.reporting.number_format import MISSING
from hashbench.reporting.table import ComparisonTable, failure_note

HEADINGS = {
    "p50_ms": "p50\nms",
    "p95_ms": "p95\nms",
    "p99_ms": "p99\nms",
    "speed_up": "speed\n-up",
    "bytes_per_item": "bytes\n/item",
    "retained": "% re-\ntained",
    "train_seconds": "train\ns",
}
"""Headings in two lines."""

DISPENSABLE = ("train_seconds", "batch_qps")
"""Columns that are left out first."""

UNLIMITED = 1000
"""Width in columns of what is not a terminal, where nothing is left out."""


def as_text(tables: Iterable[ComparisonTable]) -> str:
    """Return the tables as plain text with all their columns."""
    stream = io.StringIO()
    print_tables(tables, Console(file=stream, width=UNLIMITED, highlight=False, color_system=None))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def print_tables(tables: Iterable[ComparisonTable], console: Console) -> None:
    """Print each table with its title and notes."""
    for position, table in enumerate(tables):
        if position:
            console.print()
        console.print(Text(table.title, style="bold"))
        left_out = []
        if table.rows:
            shown = _fitting_columns(table, console)
            left_out = [column.title for column in table.columns if column not in shown]
            spaced = _grid(table, shown, 1)
            console.print(spaced if _width(spaced, console) <= console.width else _grid(table, shown, 0))
        notes = list(table.footnotes)
        if left_out:
            notes.append(f"Not shown for lack of room: {', '.join(left_out)} (--format markdown has all columns).")
        for note in notes:
            console.print(Text(note, style="dim"))
        for record in table.failed:
            console.print(Text(failure_note(record), style="red"))


def _fitting_columns(table: ComparisonTable, console: Console) -> Sequence[Column]:
    """Leave out columns until the table fits: times first, then metrics at the largest k, then bytes per item."""
    shown = list(table.columns)
    metrics = [column.key for column in shown if METRIC.fullmatch(column.key)]
    largest_k_first = sorted(metrics, key=cutoff, reverse=True)
    for key in (*DISPENSABLE, *largest_k_first, "bytes_per_item"):
        if _width(_grid(table, shown, 0), console) <= console.width:
            break
        shown = [column for column in shown if column.key != key or key == table.sort]
    return shown


def _width(grid: Table, console: Console) -> int:
    return console.measure(grid, options=console.options.update(width=10_000)).maximum


def _grid(table: ComparisonTable, columns: Sequence[Column], gap: int) -> Table:
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, gap, 0, 0))
    grid.add_column("#", justify="right", vertical="bottom")
    for column in columns:
        heading = HEADINGS.get(column.key, column.title.replace("@", "\n@"))
        grid.add_column(Text(heading), justify="right" if column.direction else "left", overflow="fold", no_wrap=False)
    for row in table.rows:
        cells = [
            Text(table.text(row, column), style="bold" if table.is_best(row, column) else "") for column in columns
        ]
        grid.add_row(str(row.rank or MISSING), *cells)
    return grid
