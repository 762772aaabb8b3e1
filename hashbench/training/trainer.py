"""Steps and epochs of one training, and how to leave it and come back."""

from __future__ import annotations

import copy
import math
from typing import NoReturn

import torch
from torch import Tensor

from hashbench.errors import RunFailed
from hashbench.observers import Epoch
from hashbench.protocols import Hasher, HashLayer, NodeEncoder, RunContext
from hashbench.training.data_parallel import DataParallelStep
from hashbench.training.model import Model
from hashbench.training.optimizers import Optimizers
from hashbench.training.sampling import Batch, sample_epoch
from hashbench.training.stage import Stage, Validation
from hashbench.training.state import ResumePoint, Weights

DIVERGED = 10.0
"""Training fails when the mean loss of an epoch exceeds this many times the first batch's loss."""


class Trainer:
    """A model, its optimizers and its random generators: trains one epoch after the other."""

    def __init__(self, encoder: NodeEncoder, layer: HashLayer, stage: Stage, ctx: RunContext) -> None:
        self.model = Model(encoder, layer, stage.objective, stage.options, stage.train.n_users).to(ctx.device)
        self.stage, self.ctx = stage, ctx
        self.steps_per_epoch = math.ceil(len(stage.train) / stage.options.batch_size)
        self.sample_rng = ctx.rng(f"{stage.name} samples")
        self.noise_rng = ctx.torch_rng(f"{stage.name} noise", ctx.device)
        self.global_step = 0
        self.first_loss: float | None = None
        self.optimizers = Optimizers(self.model, stage.options, ctx.threads)
        self._data_parallel = (
            DataParallelStep(self.model, ctx.process_group, noise_purpose=f"{ctx.seed} {stage.name} noise")
            if ctx.process_group.size > 1
            else None
        )

    @property
    def progress(self) -> float:
        """The part of all steps that is done: 0 at the first step, 1 at the last."""
        n_steps = self.steps_per_epoch * self.stage.options.epochs
        return min(1.0, self.global_step / max(n_steps - 1, 1))

    def epoch(self, number: int) -> Epoch:
        """Train on every interaction once, then validate.

        Raises:
            RunFailed: The loss or an embedding is not finite, or the loss has diverged.
        """
        stage, losses = self.stage, []
        for batch in sample_epoch(stage.train, stage.objective, stage.options.batch_size, self.sample_rng):
            losses.append(self.step(batch))
            if not math.isfinite(losses[-1]):
                self._fail(number, f"became {losses[-1]}")
            stage.observer.step_finished(losses[-1])
        loss = sum(losses) / len(losses)
        self.first_loss = self.first_loss if self.first_loss is not None else losses[0]
        if loss > DIVERGED * self.first_loss:
            self._fail(number, f"diverged from {self.first_loss:.4g} to {loss:.4g}")
        schedule = self.model.layer.schedule(self.progress)
        group = self.ctx.process_group
        finite, validation = group.broadcast(self._validate() if group.is_main else (True, None))
        if not finite:
            self._fail(number, f"was {loss:.4g}, but it left embeddings that are not finite,")
        if validation is None:
            return Epoch(stage.name, number, loss, None, None, schedule)
        return Epoch(stage.name, number, loss, validation.hr, validation.auc, schedule)

    def step(self, batch: Batch) -> float:
        """Train on one batch, and return its loss."""
        loss = self.backward(batch)
        self.optimizers.step()
        self.model.zero_grad()
        self.global_step += 1
        return float(loss.detach())

    def backward(self, batch: Batch) -> Tensor:
        """Compute the gradients of a batch, and return its loss; of several processes each computes its shard."""
        if self._data_parallel is not None:
            return self._data_parallel.backward(batch, self.progress, self.noise_rng, self.global_step)
        loss: Tensor = self.model(batch, self.progress, self.noise_rng)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    @torch.no_grad()
    def embed(self) -> tuple[Tensor, Hasher]:
        """Return the embeddings of all nodes, float[n_nodes, dim], and the hash functions, by the present weights."""
        return self.model.encoder().detach().clone(), self.model.hasher()

    def weights(self) -> Weights:
        """Return a copy of the weights and buffers."""
        return copy.deepcopy(self.model.state_dict())

    def resume_point(self) -> ResumePoint:
        """Return what the next epoch depends on; tensors are not copied."""
        return ResumePoint(
            weights=self.model.state_dict(),
            optimizer=self.optimizers.state(),
            noise_rng=self.noise_rng.get_state(),
            sample_rng=dict(self.sample_rng.bit_generator.state),
            global_step=self.global_step,
            first_loss=self.first_loss,
        )

    def restore(self, point: ResumePoint) -> None:
        """Go back to a resume point.

        Raises:
            RuntimeError, KeyError, TypeError, ValueError: The point is of another model.
        """
        self.model.load_state_dict(point.weights)
        self.optimizers.load_state(point.optimizer)
        self.noise_rng.set_state(point.noise_rng)
        self.sample_rng.bit_generator.state = point.sample_rng
        self.global_step, self.first_loss = point.global_step, point.first_loss

    def _validate(self) -> tuple[bool, Validation | None]:
        """Return whether all embeddings are finite, and what the validation measures, if there is one."""
        embeddings, hasher = self.embed()
        if not torch.isfinite(embeddings).all():
            return False, None
        return True, self.stage.validate(embeddings, hasher) if self.stage.validate is not None else None

    def _fail(self, epoch: int, problem: str) -> NoReturn:
        raise RunFailed(f"the loss {problem} in epoch {epoch} of stage '{self.stage.name}'; try a smaller --lr")
