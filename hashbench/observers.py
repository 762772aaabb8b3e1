"""Who listens to a run: the events of its training, its notes, and an observer that ignores every event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Epoch:
    """One epoch of a training stage; without validation interactions `valid_hr` and `auc` are None.

    `schedule` is the value that the hash head anneals (p, β, temperature); None where it anneals nothing.
    """

    stage: str
    epoch: int
    loss: float
    valid_hr: float | None
    auc: float | None
    schedule: float | None


class NoteObserver(Protocol):
    """Receives notes for the user."""

    def note(self, message: str) -> None:
        """Receive one line of text."""


class TrainingObserver(Protocol):
    """Receives the events of a training."""

    def stage_resumed(self, stage: str, history: Sequence[Epoch], finished: bool) -> None:
        """Receive the epochs that a checkpoint holds, when a stage resumes or, if `finished`, needs no training."""

    def stage_started(self, stage: str, n_steps: int, n_epochs: int, epochs_done: int) -> None:
        """Receive that a stage starts: `n_epochs` epochs of `n_steps` steps, of which `epochs_done` are done."""

    def step_finished(self, loss: float) -> None:
        """Receive the loss of a step."""

    def epoch_finished(self, epoch: Epoch) -> None:
        """Receive an epoch, trained and validated."""


class RunObserver(TrainingObserver, NoteObserver, Protocol):
    """Receives everything that happens in a run."""

    def model_looked_up(self, model_id: str, cache_hit: bool) -> None:
        """Receive whether a requested model is in the cache."""


class NullObserver:
    """An observer that ignores every event; subclasses override the events they need."""

    def note(self, message: str) -> None:
        """Ignore a note."""

    def model_looked_up(self, model_id: str, cache_hit: bool) -> None:
        """Ignore a cache look-up."""

    def stage_resumed(self, stage: str, history: Sequence[Epoch], finished: bool) -> None:
        """Ignore a resumed stage."""

    def stage_started(self, stage: str, n_steps: int, n_epochs: int, epochs_done: int) -> None:
        """Ignore the start of a stage."""

    def step_finished(self, loss: float) -> None:
        """Ignore a step."""

    def epoch_finished(self, epoch: Epoch) -> None:
        """Ignore an epoch."""
