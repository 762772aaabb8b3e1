"""Progress of a grid on standard error: bars on a terminal, otherwise a line for each model that has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from hashbench.cli.grid_text import summary
from hashbench.cli.progress import ProgressBars

if TYPE_CHECKING:
    from hashbench.grids.jobs import JobEvent, JobOutcome
    from hashbench.grids.run import Grid
    from hashbench.grids.status import GridTask


class GridProgress(ProgressBars):
    """Prints the summary of a grid, then shows which models are trained, how far they are, and how many have ended."""

    def __init__(self) -> None:
        super().__init__(
            TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=2)),
            BarColumn(),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TimeElapsedColumn(),
            expand=True,
        )
        self._model_bars: dict[int, TaskID] = {}
        self._grid_bar: TaskID | None = None
        self._n_ended = self._n_tasks = 0

    def grid_opened(self, grid: Grid) -> None:
        """Print the summary, and show how many models are to run."""
        click.echo("\n".join(summary(grid)))
        self._n_tasks = len(grid.status.tasks)
        if self._n_tasks:
            self._grid_bar = self.bars.add_task("models", total=self._n_tasks)

    def task_started(self, task: GridTask) -> None:
        """Show a model's bar."""
        self._model_bars[task.index] = self.bars.add_task(str(task), total=100)

    def task_reported(self, task: GridTask, event: JobEvent) -> None:
        """Move a model's bar, or print its note."""
        if event.progress is None:
            self.note(f"{task}: {event.text}")
        elif task.index in self._model_bars:
            self.bars.update(self._model_bars[task.index], completed=round(100 * event.progress))

    def task_waits(self, task: GridTask) -> None:
        """Print that another process works on a model."""
        self.note(f"{task}: another process is at it; waiting")

    def task_finished(self, task: GridTask, outcome: JobOutcome) -> None:
        """Remove a model's bar, and print how it ended."""
        self._n_ended += 1
        if (bar := self._model_bars.pop(task.index, None)) is not None:
            self.bars.remove_task(bar)
        if self._grid_bar is not None:
            self.bars.advance(self._grid_bar)
        work = "searched" if task.cached else "trained and searched"
        done = outcome.reason or f"{work} in {outcome.seconds:.1f} s"
        ending = done if outcome.status == "done" else f"failed: {outcome.reason}"
        self.note(f"[{self._n_ended}/{self._n_tasks}] {task}: {ending}")
