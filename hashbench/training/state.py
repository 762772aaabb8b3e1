"""What a training knows between two epochs; a checkpoint holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from hashbench.observers import Epoch

Weights = dict[str, Tensor]
"""Weights and buffers of a model by name, as torch's `state_dict` has them."""

OptimizerState = dict[int, dict[str, Tensor | int]]
"""Values that optimizers keep, such as moments, by the number of the weight and their name."""


@dataclass(eq=False)
class TrainingState:
    """How a training went so far.

    `best_weights` are those of `best_epoch`, whose validation was `best_hr`. `stopped` says why the training ended; it
    is empty until then. `seconds` include the validation.
    """

    best_weights: Weights
    best_hr: float = -1.0
    best_epoch: int = 0
    history: list[Epoch] = field(default_factory=list)
    stopped: str = ""
    seconds: float = 0.0

    def add(self, epoch: Epoch, weights: Callable[[], Weights]) -> None:
        """Append an epoch; where it is the best, or nothing is validated, keep a copy of its `weights`."""
        self.history.append(epoch)
        if epoch.valid_hr is None or epoch.valid_hr > self.best_hr:
            self.best_hr, self.best_epoch, self.best_weights = epoch.valid_hr or 0.0, epoch.epoch, weights()

    @property
    def epochs_without_improvement(self) -> int:
        """How many epochs were trained after the best one."""
        return len(self.history) - self.best_epoch


@dataclass(frozen=True, eq=False)
class ResumePoint:
    """What the next epoch depends on besides the `TrainingState`.

    Attributes:
        weights: The model's weights and buffers after the last epoch.
        optimizer: State of the optimizers.
        noise_rng: State of the torch generator of the noise.
        sample_rng: State of the NumPy generator that orders interactions and draws negatives.
        global_step: Steps that were made.
        first_loss: Loss of the first batch.
    """

    weights: Weights
    optimizer: OptimizerState
    noise_rng: Tensor
    sample_rng: dict[str, Any]
    global_step: int
    first_loss: float | None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A training after an epoch; without a resume point it has ended."""

    state: TrainingState
    resume_point: ResumePoint | None
