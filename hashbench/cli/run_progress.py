"""Progress of one run on standard error: a bar if it is a terminal, otherwise about ten lines per stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from hashbench.cli.progress import ProgressBars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hashbench.observers import Epoch

LINES_PER_STAGE = 10


class RunProgress(ProgressBars):
    """Shows the stage, the loss, the validation HR and the remaining time."""

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
        """Print whether the model is trained."""
        state = "is in the cache: nothing is trained" if cache_hit else "is not in the cache: it is trained"
        self.note(f"model {model_id} {state}")

    def stage_resumed(self, stage: str, history: Sequence[Epoch], finished: bool) -> None:
        """Print what is not trained again."""
        state = "is complete in its checkpoint" if finished else f"resumes after epoch {len(history)}"
        self.note(f"training ({stage}) {state}")

    def stage_started(self, stage: str, n_steps: int, n_epochs: int, epochs_done: int) -> None:
        """Replace the bar by one of this stage."""
        self.n_epochs, self.validation = n_epochs, ""
        for task in self.bars.task_ids:
            self.bars.remove_task(task)
        self.stage = stage
        self.task = self.bars.add_task(
            f"training ({stage})", total=n_steps * n_epochs, completed=n_steps * epochs_done, state=""
        )

    def step_finished(self, loss: float) -> None:
        """Advance the bar."""
        self.bars.update(self.task, advance=1, state=f"loss {loss:.4f}{self.validation}")

    def epoch_finished(self, epoch: Epoch) -> None:
        """Show the validation in the bar, or print a line."""
        hr = "" if epoch.valid_hr is None else f"  validation HR {epoch.valid_hr:.4f}"
        self.validation = f"{hr}  epoch {epoch.epoch}/{self.n_epochs}"
        interval = max(1, self.n_epochs // LINES_PER_STAGE)
        if not self.console.is_terminal and (epoch.epoch % interval == 0 or epoch.epoch == 1):
            self.note(f"training ({self.stage})  epoch {epoch.epoch}/{self.n_epochs}  loss {epoch.loss:.4f}{hr}")
