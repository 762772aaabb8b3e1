"""Progress on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from hashbench.cli.on_screen import OnScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hashbench.training.loop import Epoch

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

    def model(self, model_id: str, taken: bool) -> None:
        """Say whether anything is trained."""
        said = "is taken: nothing is trained" if taken else "is not there to take: it is trained"
        self.note(f"model {model_id} {said}")

    def kept(self, stage: str, curve: Sequence[Epoch], ended: bool) -> None:
        """Say what is not trained again."""
        said = "is taken as it was kept" if ended else f"goes on after epoch {len(curve)}"
        self.note(f"training ({stage}) {said}")

    def start(self, stage: str, steps: int, epochs: int, done: int) -> None:
        """Begin a stage's bar."""
        self.epochs, self.steps, self.validation = epochs, steps, ""
        for task in self.bars.task_ids:
            self.bars.remove_task(task)
        self.stage = stage
        self.task = self.bars.add_task(f"training ({stage})", total=steps * epochs, completed=steps * done, state="")

    def step(self, loss: float) -> None:
        """Advance."""
        self.bars.update(self.task, advance=1, state=f"loss {loss:.4f}{self.validation}")

    def epoch(self, epoch: Epoch) -> None:
        """Show the validation."""
        hr = "" if epoch.valid_hr is None else f"  validation HR {epoch.valid_hr:.4f}"
        self.validation = f"{hr}  epoch {epoch.epoch}/{self.epochs}"
        every = max(1, self.epochs // LINES)
        if not self.console.is_terminal and (epoch.epoch % every == 0 or epoch.epoch == 1):
            self.note(f"training ({self.stage})  epoch {epoch.epoch}/{self.epochs}  loss {epoch.loss:.4f}{hr}")
