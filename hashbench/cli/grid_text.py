"""What commands print about a grid: its summary before it runs, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from hashbench.grids.dispatch import Dispatched
    from hashbench.grids.run import Grid
    from hashbench.grids.status import GridStatus

N_LISTED = 5
"""Number of stale and of failed runs that are named."""


def summary(grid: Grid) -> Iterator[str]:
    """Yield the lines that say what is done, missing, failed, stale and skipped."""
    cells, status = grid.expansion.cells, grid.status
    n_runs = sum(len(cell.plan.retrievers) for cell in cells)
    yield f"{grid.name}: {_count(len(cells), 'model')}, {_count(n_runs, 'run')}"
    yield f"  done: {_count(len(status.done), 'run')}"
    n_cached = len(status.tasks) - status.n_to_train
    cached = f"; {_count(n_cached, 'more model')} in the cache, to search" if n_cached else ""
    yield f"  to train: {_count(status.n_to_train, 'model')}{cached}"
    if status.failed:
        hint = ", run again" if grid.options.retry_failed else " (--retry-failed runs them again)"
        yield f"  failed before: {_count(len(status.failed), 'run')}{hint}"
        yield from (f"    {record.run_id[:8]}: {record.error}" for record in status.failed[:N_LISTED])
    if status.stale:
        yield f"  stale, run again: {_count(len(status.stale), 'run')}"
        yield from (f"    {record.run_id[:8]}: {reason}" for record, reason in status.stale[:N_LISTED])
    for reason, n_skipped in grid.expansion.skipped.items():
        yield f"  skipped: {n_skipped} × {reason}"
    for problem in status.problems:
        yield f"  left out: {problem}"
    if status.tasks:
        yield f"  time: {_time(status, grid.options.jobs)}"


def conclusion(tasks: Dispatched, out: Path) -> Iterator[str]:
    """Yield the lines that say how the grid ended."""
    for task, reason in tasks.failed:
        yield f"failed: {task}: {reason}"
    n_done, n_failed, n_remaining = len(tasks.done), len(tasks.failed), len(tasks.remaining)
    remaining = f", {n_remaining} left by the budget (the same command continues)" if n_remaining else ""
    yield f"{_count(n_done, 'model')} done, {n_failed} failed{remaining}  (hashbench compare {out}/)"


def _time(status: GridStatus, jobs: int) -> str:
    if status.seconds is None:
        return "unknown, without an earlier run"
    minutes = status.seconds / jobs / 60
    amount = f"{minutes / 60:.1f} hours" if minutes >= 90 else f"{minutes:.0f} minutes" if minutes >= 1 else "a minute"
    return f"about {amount}, from earlier runs"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
