"""The one training loop: seeded, validated, best weights kept."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hashbench.data.interactions import Interactions
from hashbench.errors import RunFailed
from hashbench.protocols import Hasher, HashLayer, NodeEncoder, Objective, RunContext
from hashbench.training.options import TrainingOptions
from hashbench.training.sampling import Triplets, sample_epoch

DIVERGED = 10.0


@dataclass(frozen=True)
class Validation:
    """What the validation says of a model: HR@k is what training maximises."""

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
    curve: list[Epoch]
    best_epoch: int
    stopped: str
    seconds: float


@dataclass(frozen=True, eq=False)
class Stage:
    """One training: its name ("joint", "encoder" or "head"), what is learnt from, and by which loss."""

    name: str
    train: Interactions
    objective: Objective
    options: TrainingOptions
    validate: Validate
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
    model = Model(encoder, layer).to(ctx.device)
    options = stage.options
    sampling, noise = ctx.rng(f"{stage.name} samples"), ctx.torch_rng(f"{stage.name} noise", ctx.device)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    # Without weights (a head that only passes on) there is nothing to optimise but still a model to validate.
    optimizer = torch.optim.Adam(weights, lr=options.lr, fused=True) if weights else None
    n_users = stage.train.n_users
    steps = math.ceil(len(stage.train) / options.batch_size)
    stage.watcher.start(stage.name, steps, options.epochs)

    curve: list[Epoch] = []
    best_hr, best_epoch, best_state = -1.0, 0, copy.deepcopy(model.state_dict())
    stopped = "all epochs done"
    done = 0
    for epoch in range(1, options.epochs + 1):
        model.train()
        losses = []
        for batch in sample_epoch(stage.train, stage.objective.n_negatives, sampling).batches(options.batch_size):
            progress = done / max(steps * options.epochs - 1, 1)
            loss = _loss(model, batch, stage, n_users, progress, noise)
            if optimizer is not None:
                for group in optimizer.param_groups:
                    group["lr"] = options.lr * _lr_factor(options, progress)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            losses.append(float(loss.detach()))
            if not math.isfinite(losses[-1]):
                raise RunFailed(
                    f"the loss became {losses[-1]} in epoch {epoch} of stage '{stage.name}'; try a smaller --lr"
                )
            done += 1
            stage.watcher.step(losses[-1])
        mean_loss = sum(losses) / len(losses)
        if curve and mean_loss > DIVERGED * max(curve[0].loss, 1e-3):
            raise RunFailed(
                f"the loss diverged from {curve[0].loss:.4g} to {mean_loss:.4g} in epoch {epoch} "
                f"of stage '{stage.name}'; try a smaller --lr"
            )
        embeddings, hasher = _snapshot(model)
        validation = stage.validate(embeddings, hasher)
        point = Epoch(
            stage.name,
            epoch,
            mean_loss,
            validation.hr,
            validation.auc,
            model.layer.schedule((done - 1) / max(steps * options.epochs - 1, 1)),
        )
        curve.append(point)
        stage.watcher.epoch(point)
        if validation.hr > best_hr:
            best_hr, best_epoch, best_state = validation.hr, epoch, copy.deepcopy(model.state_dict())
        elif epoch - best_epoch >= options.patience:
            stopped = f"no better validation for {options.patience} epochs"
            break
    model.load_state_dict(best_state)
    embeddings, hasher = _snapshot(model)
    return Trained(embeddings, hasher, curve, best_epoch, stopped, time.perf_counter() - started)


def _loss(model: Model, batch: Triplets, stage: Stage, n_users: int, progress: float, noise: torch.Generator) -> Tensor:
    device = next((weight.device for weight in model.parameters()), torch.device("cpu"))
    users, positives, negatives = (
        torch.from_numpy(part).to(device) for part in (batch.users, batch.positives, batch.negatives)
    )
    positives, negatives = positives + n_users, negatives + n_users
    relaxed = model.layer.relax(model.layer(model.encoder()), progress, noise)
    # F.embedding and not relaxed[users]: its gradient is summed in a fixed order, whatever the threads.
    loss = stage.objective.loss(
        F.embedding(users, relaxed), F.embedding(positives, relaxed), F.embedding(negatives, relaxed)
    )
    if stage.options.l2:
        ego = model.encoder.ego()
        touched = (F.embedding(nodes, ego) for nodes in (users, positives, negatives))
        loss = loss + stage.options.l2 * sum(rows.square().sum() for rows in touched) / (2 * users.shape[0])
    return loss


def _lr_factor(options: TrainingOptions, progress: float) -> float:
    return (1 + math.cos(math.pi * progress)) / 2 if options.decay == "cosine" else 1.0


@torch.no_grad()
def _snapshot(model: Model) -> tuple[Tensor, Hasher]:
    model.eval()
    return model.encoder(), model.layer.harden()
