"""The one training loop: seeded, validated, best weights kept, and resumable after any epoch."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn

import torch
from torch import Tensor

from hashbench.data.interactions import Interactions
from hashbench.errors import RunFailed, RunInterrupted
from hashbench.observers import Epoch, TrainingObserver
from hashbench.protocols import Hasher, HashLayer, NodeEncoder, Objective, RunContext
from hashbench.training.checkpoint import Checkpoint, CheckpointFile
from hashbench.training.data_parallel import DataParallelStep
from hashbench.training.model import Model
from hashbench.training.optimizers import optimizers
from hashbench.training.options import TrainingOptions
from hashbench.training.sampling import Batch, sample_epoch

DIVERGED = 10.0
"""A mean loss so many times the first batch's ends the run."""


@dataclass(frozen=True)
class Validation:
    """What the validation says of a model: HR@k is what epochs are chosen by."""

    hr: float
    auc: float


SAVING = 0.05
"""Share of the training's time that checkpoints may take at most."""

Validate = Callable[[Tensor, Hasher], Validation]


@dataclass(frozen=True, eq=False)
class Trained:
    """Embeddings u float[n_nodes, dim] and hash functions of the best epoch, and how it got there."""

    embeddings: Tensor
    hasher: Hasher
    stage: str
    history: list[Epoch]
    best_epoch: int
    stopped: str
    seconds: float

    @classmethod
    def fitted(cls, stage: str, embeddings: Tensor, hasher: Hasher, seconds: float) -> Trained:
        """Return the outcome of a stage that was fitted at once, without epochs."""
        return cls(embeddings, hasher, stage, history=[], best_epoch=0, stopped="fitted", seconds=seconds)


@dataclass(frozen=True, eq=False)
class Stage:
    """One training: its name ("joint", "encoder" or "head"), what is learnt from, by which loss, chosen by what.

    Without `validate` every epoch is trained and the last one's weights are kept. With `checkpoint` it goes on from
    what is saved there.
    """

    name: str
    train: Interactions
    objective: Objective
    options: TrainingOptions
    validate: Validate | None
    observer: TrainingObserver
    checkpoint: CheckpointFile | None = None


def train(encoder: NodeEncoder, layer: HashLayer, stage: Stage, ctx: RunContext) -> Trained:
    """Train encoder and layer together; a loss that is not finite or explodes is `RunFailed`."""
    loop = Loop(encoder, layer, stage, ctx)
    with stage.checkpoint.held() if stage.checkpoint is not None else nullcontext():
        state = loop.resume() or TrainingState(loop.state())
        if state.history:
            stage.observer.stage_resumed(stage.name, state.history, bool(state.stopped))
        if not state.stopped:
            # A head that anneals is trained to the end of its schedule, which lies at the end of the epochs.
            patience = stage.options.patience if layer.schedule(0.0) is None else stage.options.epochs
            stage.observer.stage_started(stage.name, loop.steps, stage.options.epochs, len(state.history))
            run_epochs(loop, state, patience)
    loop.model.load_state_dict(state.best)
    embeddings, hasher = loop.snapshot()
    return Trained(embeddings, hasher, stage.name, state.history, state.best_epoch, state.stopped, state.seconds)


@dataclass
class TrainingState:
    """How a training went so far: its best weights are those of `best_epoch`; `stopped` says why it ended."""

    best: dict[str, Any]
    best_hr: float = -1.0
    best_epoch: int = 0
    history: list[Epoch] = field(default_factory=list)
    stopped: str = ""
    seconds: float = 0.0


def run_epochs(loop: Loop, state: TrainingState, patience: int) -> None:
    """Train until the last epoch, or until `patience` epochs bring no better validation."""
    stage, epochs, previous_seconds, started = loop.stage, loop.stage.options.epochs, state.seconds, time.perf_counter()
    saved, cost, epoch = started, 0.0, len(state.history)
    try:
        for epoch in range(len(state.history) + 1, epochs + 1):
            point = loop.epoch(epoch)
            state.history.append(point)
            stage.observer.epoch_finished(point)
            if point.valid_hr is None or point.valid_hr > state.best_hr:
                state.best_hr, state.best_epoch, state.best = point.valid_hr or 0.0, epoch, loop.state()
            elif epoch - state.best_epoch >= patience:
                state.stopped = f"no better validation for {patience} epochs"
            if epoch == epochs and not state.stopped:
                state.stopped = "all epochs done" + ("" if stage.validate else ", with nothing to validate on")
            now = time.perf_counter()
            state.seconds = previous_seconds + now - started
            if state.stopped or cost <= SAVING * (now - saved):
                loop.save(state)
                saved = time.perf_counter()
                cost = saved - now
            if state.stopped:
                return
    except KeyboardInterrupt:
        kept = " What was trained is kept (--reuse-model)." if stage.checkpoint else ""
        raise RunInterrupted(
            f"stopped in epoch {epoch} of {epochs} of stage '{stage.name}'; no record was written. "
            f"The same command starts again; a smaller --epochs gives a whole, shorter training.{kept}"
        ) from None


class Loop:
    """The state of one training between its epochs."""

    def __init__(self, encoder: NodeEncoder, layer: HashLayer, stage: Stage, ctx: RunContext) -> None:
        self.model = Model(encoder, layer, stage.objective, stage.options, stage.train.n_users).to(ctx.device)
        self.stage, self.ctx = stage, ctx
        self.steps = math.ceil(len(stage.train) / stage.options.batch_size)
        self.samples = ctx.rng(f"{stage.name} samples")
        self.noise = ctx.torch_rng(f"{stage.name} noise", ctx.device)
        self.global_step = 0
        self.first_loss: float | None = None
        self.optimizers = optimizers(self.model, stage.options, ctx.threads)
        purpose = f"{ctx.seed} {stage.name} noise"
        self.data_parallel = (
            DataParallelStep(self.model, ctx.process_group, purpose) if ctx.process_group.size > 1 else None
        )

    @property
    def progress(self) -> float:
        """From 0 at the first step to 1 at the last."""
        return min(1.0, self.global_step / max(self.steps * self.stage.options.epochs - 1, 1))

    def epoch(self, number: int) -> Epoch:
        """Train on every interaction once, and validate."""
        losses = []
        for batch in sample_epoch(self.stage.train, self.stage.objective, self.stage.options.batch_size, self.samples):
            losses.append(self.step(batch))
            if not math.isfinite(losses[-1]):
                self.fail(number, f"became {losses[-1]}")
            self.stage.observer.step_finished(losses[-1])
        loss = sum(losses) / len(losses)
        self.first_loss = self.first_loss if self.first_loss is not None else losses[0]
        if loss > DIVERGED * self.first_loss:
            self.fail(number, f"diverged from {self.first_loss:.4g} to {loss:.4g}")
        schedule = self.model.layer.schedule(self.progress)
        finite, validation = self.ctx.process_group.broadcast(
            self.validated() if self.ctx.process_group.is_main else (True, None)
        )
        if not finite:
            self.fail(number, f"was {loss:.4g}, but it left embeddings that are not finite,")
        if validation is None:
            return Epoch(self.stage.name, number, loss, None, None, schedule)
        return Epoch(self.stage.name, number, loss, validation.hr, validation.auc, schedule)

    def validated(self) -> tuple[bool, Validation | None]:
        """Return whether all embeddings are finite, and what the validation says of them, if there is one."""
        embeddings, hasher = self.snapshot()
        if not torch.isfinite(embeddings).all():
            return False, None
        return True, self.stage.validate(embeddings, hasher) if self.stage.validate is not None else None

    def step(self, batch: Batch) -> float:
        """Train on one batch, and return its loss."""
        if self.data_parallel is not None:
            loss = self.data_parallel.backward(batch, self.progress, self.noise, self.global_step)
        else:
            loss = self.model(batch, self.progress, self.noise)
            loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        self.model.zero_grad()
        self.global_step += 1
        return float(loss.detach())

    @torch.no_grad()
    def snapshot(self) -> tuple[Tensor, Hasher]:
        """Return embeddings and hash functions as they stand."""
        return self.model.encoder().detach().clone(), self.model.hasher()

    def state(self) -> dict[str, Any]:
        """Return a copy of the weights."""
        return copy.deepcopy(self.model.state_dict())

    def save(self, state: TrainingState) -> None:
        """Write the checkpoint, if there is to be one: all that the next epoch depends on, or the best weights."""
        if self.stage.checkpoint is None or not self.ctx.process_group.is_main:
            return
        tensors = {f"best.{name}": one for name, one in state.best.items()}
        facts: dict[str, Any] = {name: getattr(state, name) for name in _FACTS}
        facts["history"] = [asdict(point) for point in state.history]
        if not state.stopped:
            tensors |= {f"model.{name}": one for name, one in self.model.state_dict().items()}
            for optimizer, first in self.numbered():
                for number, slots in optimizer.state_dict()["state"].items():
                    tensors |= {f"adam.{first + number}.{name}": torch.as_tensor(one) for name, one in slots.items()}
            tensors["noise"] = self.noise.get_state()
            facts |= {
                "global_step": self.global_step,
                "first_loss": self.first_loss,
                "samples": self.samples.bit_generator.state,
            }
        self.stage.checkpoint.save(Checkpoint(tensors, facts))

    def numbered(self) -> Iterator[tuple[torch.optim.Optimizer, int]]:
        """Give each optimiser and the number that its first weight has among those of all."""
        first = 0
        for optimizer in self.optimizers:
            yield optimizer, first
            first += sum(len(group["params"]) for group in optimizer.param_groups)

    def resume(self) -> TrainingState | None:
        """Take the checkpoint up, if there is one."""
        checkpoint = self.stage.checkpoint
        first = self.ctx.process_group.is_main
        found = self.ctx.process_group.broadcast(checkpoint.load() if checkpoint is not None and first else None)
        if found is None:
            return None
        try:
            return self._restored(found)
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            if checkpoint is not None:
                checkpoint.forget()
            raise RunFailed(
                f"{checkpoint.file if checkpoint else 'the checkpoint'} does not fit this training ({error!r}); "
                "it is deleted, so the next try begins anew"
            ) from error

    def _restored(self, found: Checkpoint) -> TrainingState:
        facts, parts = found.facts, _by_part(found.tensors)
        state = TrainingState(parts["best"], **{name: facts[name] for name in _FACTS})
        state.history = [Epoch(**point) for point in facts["history"]]
        if not state.stopped:
            self.model.load_state_dict(parts["model"])
            slots: dict[int, dict[str, Tensor | int]] = {}
            for name, one in parts["adam"].items():
                number, _, slot = name.partition(".")
                # What was a number in an optimiser's state, and no tensor, is one again.
                slots.setdefault(int(number), {})[slot] = one if one.is_floating_point() else int(one)
            for optimizer, first in self.numbered():
                groups = optimizer.state_dict()["param_groups"]
                own = {n: slots[first + n] for group in groups for n in group["params"] if first + n in slots}
                optimizer.load_state_dict({"state": own, "param_groups": groups})
            self.noise.set_state(found.tensors["noise"])
            self.samples.bit_generator.state = facts["samples"]
            self.global_step, self.first_loss = facts["global_step"], facts["first_loss"]
        return state

    def fail(self, epoch: int, what: str) -> NoReturn:
        """End the run."""
        raise RunFailed(f"the loss {what} in epoch {epoch} of stage '{self.stage.name}'; try a smaller --lr")


_FACTS = ("best_hr", "best_epoch", "stopped", "seconds")


def _by_part(tensors: dict[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Divide "model.encoder.weight" and the like by what stands before the first dot."""
    parts: dict[str, dict[str, Tensor]] = {"best": {}, "model": {}, "adam": {}}
    for name, one in tensors.items():
        part, dot, rest = name.partition(".")
        if dot:
            parts[part][rest] = one
    return parts
