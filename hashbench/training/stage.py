"""One stage of a training: what it is given, how it is validated, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from hashbench.data.interactions import Interactions
from hashbench.observers import Epoch, TrainingObserver
from hashbench.protocols import Hasher, Objective
from hashbench.training.checkpoint import CheckpointFile
from hashbench.training.options import TrainingOptions


@dataclass(frozen=True)
class Validation:
    """What the validation measures: HR@k, by which the best epoch is chosen, and AUC."""

    hr: float
    auc: float


Validate = Callable[[Tensor, Hasher], Validation]
"""Validates embeddings float[n_nodes, dim] and the hash functions for them."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One training: its name ("joint", "encoder" or "head"), its data, loss and options, and who follows it.

    Without `validate`, all epochs are trained and the last weights are kept. With `checkpoint`, the training is resumed
    from what is saved there.
    """

    name: str
    train: Interactions
    objective: Objective
    options: TrainingOptions
    validate: Validate | None
    observer: TrainingObserver
    checkpoint: CheckpointFile | None = None


@dataclass(frozen=True, eq=False)
class Trained:
    """The outcome of a stage: embeddings u float[n_nodes, dim] and hash functions of its best epoch, and its history.

    `stopped` says why it ended; `seconds` include the validation.
    """

    embeddings: Tensor
    hasher: Hasher
    stage: str
    history: list[Epoch]
    best_epoch: int
    stopped: str
    seconds: float

    @classmethod
    def fitted(cls, stage: str, embeddings: Tensor, hasher: Hasher, seconds: float) -> Trained:
        """Return the outcome of a stage that was fitted in one step, without epochs."""
        return cls(embeddings, hasher, stage, history=[], best_epoch=0, stopped="fitted", seconds=seconds)
