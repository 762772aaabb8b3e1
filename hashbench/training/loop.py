"""The training loop: epochs until the last one or until the validation stops improving, with checkpoints in between."""

from __future__ import annotations

import time
from contextlib import nullcontext

from hashbench.errors import RunFailed, RunInterrupted
from hashbench.protocols import HashLayer, NodeEncoder, RunContext
from hashbench.training.stage import Stage, Trained
from hashbench.training.state import Checkpoint, TrainingState
from hashbench.training.trainer import Trainer

MAX_SAVE_SHARE = 0.05
"""Checkpoints take at most this share of the training's time."""


def train(encoder: NodeEncoder, layer: HashLayer, stage: Stage, ctx: RunContext) -> Trained:
    """Train encoder and layer together, and return the outcome of the best epoch.

    Raises:
        RunFailed: The loss is not finite or diverges, or the checkpoint is of another model.
        RunInterrupted: The user stopped the training.
    """
    trainer = Trainer(encoder, layer, stage, ctx)
    with stage.checkpoint.locked() if stage.checkpoint is not None else nullcontext():
        state = resume(trainer) or TrainingState(trainer.weights())
        if state.history:
            stage.observer.stage_resumed(stage.name, state.history, bool(state.stopped))
        if not state.stopped:
            stage.observer.stage_started(stage.name, trainer.steps_per_epoch, stage.options.epochs, len(state.history))
            run_epochs(trainer, state)
    trainer.model.load_state_dict(state.best_weights)
    embeddings, hasher = trainer.embed()
    return Trained(embeddings, hasher, stage.name, state.history, state.best_epoch, state.stopped, state.seconds)


def run_epochs(trainer: Trainer, state: TrainingState) -> None:
    """Train the epochs that are left, until one of them is the last or the validation has stopped improving."""
    stage, previous_seconds, start = trainer.stage, state.seconds, time.perf_counter()
    n_epochs, save_timer = stage.options.epochs, _SaveTimer(start)
    while not state.stopped:
        number = len(state.history) + 1
        try:
            epoch = trainer.epoch(number)
            state.add(epoch, trainer.weights)
            stage.observer.epoch_finished(epoch)
            state.stopped = stop_reason(trainer, state)
            now = time.perf_counter()
            state.seconds = previous_seconds + now - start
            if state.stopped or save_timer.is_due(now):
                save(trainer, state)
                save_timer.saved(now)
        except KeyboardInterrupt:
            hint = " What was trained is kept (--reuse-model)." if stage.checkpoint else ""
            raise RunInterrupted(
                f"stopped in epoch {number} of {n_epochs} of stage '{stage.name}'; no record was written. "
                f"The same command starts again; a smaller --epochs gives a whole, shorter training.{hint}"
            ) from None


def stop_reason(trainer: Trainer, state: TrainingState) -> str:
    """Return why a training ends after the epochs in `state`; empty if it goes on.

    A head that anneals is trained to the end of its schedule, which lies at the end of all epochs.
    """
    options, anneals = trainer.stage.options, trainer.model.layer.schedule(0.0) is not None
    patience = options.epochs if anneals else options.patience
    if state.epochs_without_improvement >= patience:
        return f"no better validation for {patience} epochs"
    if len(state.history) < options.epochs:
        return ""
    return "all epochs done" + ("" if trainer.stage.validate else ", with nothing to validate on")


def resume(trainer: Trainer) -> TrainingState | None:
    """Restore the trainer from the stage's checkpoint, and return the state; None if there is no checkpoint.

    The main process reads the file; all processes restore what it has read.
    """
    file, group = trainer.stage.checkpoint, trainer.ctx.process_group
    checkpoint = group.broadcast(file.load() if file is not None and group.is_main else None)
    if checkpoint is None:
        return None
    try:
        if checkpoint.resume_point is not None:
            trainer.restore(checkpoint.resume_point)
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        if file is not None:
            file.forget()
        raise RunFailed(
            f"{file.file if file else 'the checkpoint'} does not fit this training ({error!r}); "
            "it is deleted, so the next try begins anew"
        ) from error
    return checkpoint.state


def save(trainer: Trainer, state: TrainingState) -> None:
    """Write the stage's checkpoint, if it has one; only the main process writes."""
    if trainer.stage.checkpoint is not None and trainer.ctx.process_group.is_main:
        resume_point = None if state.stopped else trainer.resume_point()
        trainer.stage.checkpoint.save(Checkpoint(state, resume_point))


class _SaveTimer:
    """Keeps the time that checkpoints take below `MAX_SAVE_SHARE`."""

    def __init__(self, start: float) -> None:
        self.last_end, self.seconds = start, 0.0

    def is_due(self, now: float) -> bool:
        """Whether enough time has passed since the last checkpoint, given how long that one took."""
        return self.seconds <= MAX_SAVE_SHARE * (now - self.last_end)

    def saved(self, start: float) -> None:
        """Take the time of a checkpoint that was begun at `start` and is written now."""
        self.last_end = time.perf_counter()
        self.seconds = self.last_end - start
