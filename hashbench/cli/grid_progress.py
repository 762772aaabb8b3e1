"""Progress of a grid on standard error: a bar a model on a terminal, a line when one has ended elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from hashbench.cli.on_screen import OnScreen

if TYPE_CHECKING:
    from hashbench.grid.jobs import Event, Outcome
    from hashbench.grid.status import Task


class GridProgress(OnScreen):
    """Shows which models are trained, how far they are, and how many have ended."""

    def __init__(self) -> None:
        super().__init__(
            TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=2)),
            BarColumn(),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TimeElapsedColumn(),
            expand=True,
        )
        self.running: dict[int, TaskID] = {}
        self.ended = self.total = 0
        self.everything: TaskID | None = None

    def begin_all(self, total: int) -> None:
        """Show how many models there are to do."""
        self.total = total
        self.everything = self.bars.add_task("models", total=total)

    def begin(self, task: Task) -> None:
        """Show a model's bar."""
        self.running[task.number] = self.bars.add_task(str(task), total=100)

    def event(self, task: Task, event: Event) -> None:
        """Move its bar, or print what is noted."""
        if event.share is None:
            self.note(f"{task}: {event.text}")
        elif task.number in self.running:
            self.bars.update(self.running[task.number], completed=round(100 * event.share))

    def end(self, task: Task, outcome: Outcome) -> None:
        """Remove its bar, and say how it ended."""
        self.ended += 1
        if (bar := self.running.pop(task.number, None)) is not None:
            self.bars.remove_task(bar)
        if self.everything is not None:
            self.bars.advance(self.everything)
        how = "searched" if task.kept else "trained and searched"
        done = outcome.reason or f"{how} in {outcome.seconds:.1f} s"
        said = done if outcome.status == "done" else f"failed: {outcome.reason}"
        self.note(f"[{self.ended}/{self.total}] {task}: {said}")

    def wait(self, task: Task) -> None:
        """Say that a cell is in other hands."""
        self.note(f"{task}: another process is at it; waiting")
