"""The one training loop: seeded, validated, best weights kept."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hashbench.data.interactions import Interactions
from hashbench.errors import RunFailed, RunInterrupted
from hashbench.protocols import Hasher, HashLayer, NodeEncoder, Objective, RunContext
from hashbench.training.options import TrainingOptions
from hashbench.training.sampling import Triplets, sample_epoch

DIVERGED = 10.0
"""A mean loss so many times the first batch's ends the run."""


@dataclass(frozen=True)
class Validation:
    """What the validation says of a model: HR@k is what epochs are chosen by."""

    hr: float
    auc: float


Validate = Callable[[Tensor, Hasher], Validation]


@dataclass(frozen=True)
class Epoch:
    """One point of the curve."""

    stage: str
    epoch: int
    loss: float
    valid_hr: float | None
    auc: float | None
    schedule: float | None


class Watcher(Protocol):
    """Learns how the training goes."""

    def start(self, stage: str, steps: int, epochs: int) -> None:
        """A stage begins."""

    def step(self, loss: float) -> None:
        """A batch is done."""

    def epoch(self, epoch: Epoch) -> None:
        """An epoch is done and validated."""


@dataclass(frozen=True, eq=False)
class Trained:
    """Embeddings u float[n_nodes, dim] and hash functions of the best epoch, and how it got there."""

    embeddings: Tensor
    hasher: Hasher
    stage: str
    curve: list[Epoch]
    best_epoch: int
    stopped: str
    seconds: float


@dataclass(frozen=True, eq=False)
class Stage:
    """One training: its name ("joint", "encoder" or "head"), what is learnt from, by which loss, chosen by what.

    Without `validate` every epoch is trained and the last one's weights are kept.
    """

    name: str
    train: Interactions
    objective: Objective
    options: TrainingOptions
    validate: Validate | None
    watcher: Watcher


class Model(nn.Module):
    """Encoder and hash layer as one module."""

    def __init__(self, encoder: NodeEncoder, layer: HashLayer) -> None:
        super().__init__()
        self.encoder: Any = encoder
        self.layer: Any = layer


def train(encoder: NodeEncoder, layer: HashLayer, stage: Stage, ctx: RunContext) -> Trained:
    """Train encoder and layer together; a loss that is not finite or explodes is `RunFailed`."""
    started = time.perf_counter()
    loop = _Loop(Model(encoder, layer).to(ctx.device), stage, ctx)
    best_hr, best_epoch, best_state = -1.0, 0, loop.state()
    curve: list[Epoch] = []
    stopped = "all epochs done" if stage.validate else "all epochs done, with nothing to validate on"
    # A head that anneals is trained to the end of its schedule, which lies at the end of the epochs.
    patience = stage.options.patience if layer.schedule(0.0) is None else stage.options.epochs
    stage.watcher.start(stage.name, loop.steps, stage.options.epochs)
    for epoch in range(1, stage.options.epochs + 1):
        try:
            point = loop.epoch(epoch)
        except KeyboardInterrupt:
            raise RunInterrupted(
                f"stopped in epoch {epoch} of {stage.options.epochs} of stage '{stage.name}'; no record was written. "
                "The same command starts again; a smaller --epochs gives a whole, shorter training."
            ) from None
        curve.append(point)
        stage.watcher.epoch(point)
        if point.valid_hr is None or point.valid_hr > best_hr:
            best_hr, best_epoch, best_state = point.valid_hr or 0.0, epoch, loop.state()
        elif epoch - best_epoch >= patience:
            stopped = f"no better validation for {patience} epochs"
            break
    loop.model.load_state_dict(best_state)
    embeddings, hasher = loop.snapshot()
    return Trained(embeddings, hasher, stage.name, curve, best_epoch, stopped, time.perf_counter() - started)


class _Loop:
    """The state of one training between its epochs."""

    def __init__(self, model: Model, stage: Stage, ctx: RunContext) -> None:
        self.model, self.stage, self.ctx = model, stage, ctx
        self.steps = math.ceil(len(stage.train) / stage.options.batch_size)
        self.samples = ctx.rng(f"{stage.name} samples")
        self.noise = ctx.torch_rng(f"{stage.name} noise", ctx.device)
        self.done = 0
        self.first_loss: float | None = None
        self.optimizer = torch.optim.Adam(model.parameters(), lr=stage.options.lr, fused=True)

    @property
    def progress(self) -> float:
        """From 0 at the first step to 1 at the last."""
        return min(1.0, self.done / max(self.steps * self.stage.options.epochs - 1, 1))

    def epoch(self, number: int) -> Epoch:
        """Train on every interaction once, and validate."""
        losses = []
        epoch = sample_epoch(self.stage.train, self.stage.objective.n_negatives, self.samples)
        for batch in epoch.batches(self.stage.options.batch_size):
            losses.append(self.step(batch))
            if not math.isfinite(losses[-1]):
                self.fail(number, f"became {losses[-1]}")
            self.stage.watcher.step(losses[-1])
        loss = sum(losses) / len(losses)
        self.first_loss = self.first_loss if self.first_loss is not None else losses[0]
        if loss > DIVERGED * self.first_loss:
            self.fail(number, f"diverged from {self.first_loss:.4g} to {loss:.4g}")
        schedule = self.model.layer.schedule(self.progress)
        embeddings, hasher = self.snapshot()
        if not torch.isfinite(embeddings).all():
            self.fail(number, f"was {loss:.4g}, but it left embeddings that are not finite,")
        if self.stage.validate is None:
            return Epoch(self.stage.name, number, loss, None, None, schedule)
        validation = self.stage.validate(embeddings, hasher)
        return Epoch(self.stage.name, number, loss, validation.hr, validation.auc, schedule)

    def step(self, batch: Triplets) -> float:
        """Train on one batch, and return its loss."""
        loss = self.loss(batch)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.done += 1
        return float(loss.detach())

    def loss(self, batch: Triplets) -> Tensor:
        """Return the objective's loss of a batch, with the L2 term."""
        n_users = self.stage.train.n_users
        users, positives, negatives = (
            torch.from_numpy(nodes).to(self.ctx.device)
            for nodes in (batch.users, batch.positives + n_users, batch.negatives + n_users)
        )
        # Only the nodes of the batch are hashed, each once. F.embedding and not embeddings[nodes]: its gradient is
        # summed in a fixed order, whatever the threads.
        sides = (users, positives, negatives)
        nodes, places = torch.unique(torch.cat([side.flatten() for side in sides]), return_inverse=True)
        z = self.model.layer(F.embedding(nodes, self.model.encoder()))
        relaxed = self.model.layer.relax(z, self.progress, self.noise)
        parts = places.split([side.numel() for side in sides])
        shaped = (part.view(side.shape) for part, side in zip(parts, sides, strict=True))
        loss = self.stage.objective.loss(*(F.embedding(part, relaxed) for part in shaped))
        if l2 := self.model.encoder.l2:
            ego = self.model.encoder.ego()
            squares = sum(F.embedding(side, ego).square().sum() for side in sides)
            loss = loss + l2 * squares / (2 * users.shape[0])
        return loss

    @torch.no_grad()
    def snapshot(self) -> tuple[Tensor, Hasher]:
        """Return embeddings and hash functions as they stand."""
        return self.model.encoder().detach().clone(), self.model.layer.harden()

    def state(self) -> dict[str, Any]:
        """Return a copy of the weights."""
        return copy.deepcopy(self.model.state_dict())

    def fail(self, epoch: int, what: str) -> NoReturn:
        """End the run."""
        raise RunFailed(f"the loss {what} in epoch {epoch} of stage '{self.stage.name}'; try a smaller --lr")
