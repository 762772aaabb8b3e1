"""Who watches a run where nobody does; observers that care for a few events alone begin from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hashbench.training.loop import Epoch


class Silent:
    """Takes whatever is told, and does nothing."""

    def note(self, message: str) -> None:
        """Take a note."""

    def model(self, model_id: str, taken: bool) -> None:
        """Take that a model is there or not."""

    def kept(self, stage: str, curve: Sequence[Epoch], ended: bool) -> None:
        """Take that a stage, or the beginning of one, is kept."""

    def start(self, stage: str, steps: int, epochs: int, done: int) -> None:
        """Take that a stage of the training begins."""

    def step(self, loss: float) -> None:
        """Take a step's loss."""

    def epoch(self, epoch: Epoch) -> None:
        """Take an epoch's outcome."""
