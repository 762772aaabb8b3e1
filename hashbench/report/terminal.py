"""A comparison on a terminal: columns that do not fit are left out, the least important first, and named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hashbench.report.columns import METRIC, Column
from hashbench.report.compare import ComparisonTable
from hashbench.report.formats import failure

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

HEADERS = {"p50_ms": "p50\nms", "speed_up": "speed\n-up", "bytes_per_item": "bytes\n/item", "retained": "% re-\ntained"}
HEADERS |= {"train_seconds": "train\ns", "p95_ms": "p95\nms", "p99_ms": "p99\nms"}
DISPENSABLE = ("train_seconds", "batch_qps")


def print_groups(groups: Iterable[ComparisonTable], console: Console) -> None:
    """Print one table a group with its notes."""
    from rich.text import Text

    for place, group in enumerate(groups):
        if place:
            console.print()
        console.print(Text(group.title, style="bold"))
        left_out = []
        if group.rows:
            shown = _fitting(group, console)
            left_out = [column.title for column in group.columns if column not in shown]
            wide = _table(group, shown, 1)
            console.print(wide if _width(wide, console) <= console.width else _table(group, shown, 0))
        notes = list(group.notes)
        if left_out:
            notes.append(f"Not shown for lack of room: {', '.join(left_out)} (--format markdown has all columns).")
        for note in notes:
            console.print(Text(note, style="dim"))
        for record in group.failed:
            console.print(Text(failure(record), style="red"))


def _fitting(group: ComparisonTable, console: Console) -> Sequence[Column]:
    shown = list(group.columns)
    metrics = {column.key: int(match["k"]) for column in shown if (match := METRIC.fullmatch(column.key))}
    later = sorted(metrics, key=lambda key: metrics[key], reverse=True)
    for key in (*DISPENSABLE, *later, "bytes_per_item"):
        if _width(_table(group, shown, 0), console) <= console.width:
            break
        shown = [column for column in shown if column.key != key or key == group.sort]
    return shown


def _width(table: Table, console: Console) -> int:
    return console.measure(table, options=console.options.update(width=10_000)).maximum


def _table(group: ComparisonTable, columns: Sequence[Column], gap: int) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, gap, 0, 0))
    table.add_column("#", justify="right", vertical="bottom")
    for column in columns:
        header = HEADERS.get(column.key, column.title.replace("@", "\n@"))
        table.add_column(Text(header), justify="right" if column.better else "left", overflow="fold", no_wrap=False)
    for row in group.rows:
        cells = [
            Text(group.text(row, column), style="bold" if group.is_best(row, column) else "") for column in columns
        ]
        table.add_row(str(row.rank or "–"), *cells)
    return table
