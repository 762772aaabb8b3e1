"""Progress on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from hashbench.cli.on_screen import OnScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hashbench.observers import Epoch

LINES = 10
"""Lines a stage where there is no terminal."""


class Progress(OnScreen):
    """Shows stages, loss, validation HR and the time left."""

    def __init__(self) -> None:
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )

    def model_looked_up(self, model_id: str, cache_hit: bool) -> None:
        """Say whether anything is trained."""
        said = "is taken: nothing is trained" if cache_hit else "is not there to take: it is trained"
        self.note(f"model {model_id} {said}")

    def stage_resumed(self, stage: str, history: Sequence[Epoch], finished: bool) -> None:
        """Say what is not trained again."""
        said = "is taken as it was kept" if finished else f"goes on after epoch {len(history)}"
        self.note(f"training ({stage}) {said}")

    def stage_started(self, stage: str, n_steps: int, n_epochs: int, epochs_done: int) -> None:
        """Begin a stage's bar."""
        self.epochs, self.steps, self.validation = n_epochs, n_steps, ""
        for task in self.bars.task_ids:
            self.bars.remove_task(task)
        self.stage = stage
        self.task = self.bars.add_task(
            f"training ({stage})", total=n_steps * n_epochs, completed=n_steps * epochs_done, state=""
        )

    def step_finished(self, loss: float) -> None:
        """Advance."""
        self.bars.update(self.task, advance=1, state=f"loss {loss:.4f}{self.validation}")

    def epoch_finished(self, epoch: Epoch) -> None:
        """Show the validation."""
        hr = "" if epoch.valid_hr is None else f"  validation HR {epoch.valid_hr:.4f}"
        self.validation = f"{hr}  epoch {epoch.epoch}/{self.epochs}"
        every = max(1, self.epochs // LINES)
        if not self.console.is_terminal and (epoch.epoch % every == 0 or epoch.epoch == 1):
            self.note(f"training ({self.stage})  epoch {epoch.epoch}/{self.epochs}  loss {epoch.loss:.4f}{hr}")
