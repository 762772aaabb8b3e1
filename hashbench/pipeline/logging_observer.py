"""An observer that logs the events of a run and passes them on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from hashbench.observers import Epoch, RunObserver

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoggingObserver:
    """Logs cache look-ups, and the stages and epochs of a training; `observer` receives every event."""

    observer: RunObserver

    def note(self, message: str) -> None:
        """Log a note from DEBUG up: the observer shows it."""
        logger.debug("note: %s", message)
        self.observer.note(message)

    def model_looked_up(self, model_id: str, cache_hit: bool) -> None:
        """Log a cache look-up."""
        logger.info("model %s: %s", model_id, "cached" if cache_hit else "not cached")
        self.observer.model_looked_up(model_id, cache_hit)

    def stage_resumed(self, stage: str, history: Sequence[Epoch], finished: bool) -> None:
        """Log that a checkpoint is used."""
        logger.info("stage '%s': %d epochs from a checkpoint%s", stage, len(history), ", complete" if finished else "")
        self.observer.stage_resumed(stage, history, finished)

    def stage_started(self, stage: str, n_steps: int, n_epochs: int, epochs_done: int) -> None:
        """Log the length of a stage."""
        logger.info("stage '%s': %d epochs of %d steps, %d epochs done", stage, n_epochs, n_steps, epochs_done)
        self.observer.stage_started(stage, n_steps, n_epochs, epochs_done)

    def step_finished(self, loss: float) -> None:
        """Pass on; steps are not logged."""
        self.observer.step_finished(loss)

    def epoch_finished(self, epoch: Epoch) -> None:
        """Log the loss and the validation."""
        logger.debug(
            "stage '%s', epoch %d: loss %.6f, validation HR %s", epoch.stage, epoch.epoch, epoch.loss, epoch.valid_hr
        )
        self.observer.epoch_finished(epoch)
