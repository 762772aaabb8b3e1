"""From a split to hashed users and items: the encoder and the head are trained or fitted, in one stage or in two."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hashbench.components.heads.continuous import Continuous, ContinuousHasher
from hashbench.components.retrievers.continuous import Continuous as ContinuousRetriever
from hashbench.components.retrievers.hamming import Hamming
from hashbench.components.retrievers.hierarchical import Hierarchical
from hashbench.data.split import InteractionSplit
from hashbench.evaluation.validation import Validator
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.observers import Epoch, TrainingObserver
from hashbench.pipeline.plan import RunPlan, dedicated_retriever, searchable_parts
from hashbench.protocols import (
    Embeddings,
    FittedEncoder,
    FittedHead,
    FloatArray,
    Hashed,
    Hasher,
    HashHead,
    NodeEncoder,
    Retriever,
    RunContext,
    TrainableEncoder,
    TrainableHead,
)
from hashbench.results.record import EpochSummary, StageSummary
from hashbench.training.checkpoint import CheckpointFile
from hashbench.training.frozen import FrozenEncoder
from hashbench.training.loop import train
from hashbench.training.options import TrainingOptions
from hashbench.training.stage import Stage, Trained, Validate


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """Hashed users and items, and how each stage of the training went.

    `encode` hashes the users with the given numbers int64[n], as is done when their queries arrive. A model from the
    cache has none, because the cache does not hold its weights.
    """

    users: Hashed
    items: Hashed
    training: list[StageSummary]
    encode: Callable[[NDArray[np.int64]], Hashed] | None = None


Checkpoints = Callable[[str], CheckpointFile | None]
"""Returns the file in which the stage of that name keeps its state; None for a stage that keeps none."""


def no_checkpoint(stage: str) -> None:
    """Keep no state of any stage."""


def learn(
    plan: RunPlan,
    split: InteractionSplit,
    ctx: RunContext,
    observer: TrainingObserver,
    checkpoints: Checkpoints = no_checkpoint,
) -> TrainedModel:
    """Train the plan's encoder and head on the training interactions; the validation interactions choose the epoch.

    A stage that has a checkpoint is resumed from it. The stages depend on how the head is trained:

    - post hoc: "encoder", trained or fitted, and then "head", trained or fitted on the finished embeddings;
    - jointly with a trained encoder: "joint", both together;
    - "jointly" with a fitted encoder: "encoder" alone, since only a head without codes is planned so.
    """
    stages = _Stages(plan, split, ctx, observer, checkpoints)
    if plan.train_head == "post_hoc":
        encoder = stages.encoder()
        return _hash_all([encoder, stages.head(encoder)], split.train.n_users)
    if isinstance(plan.encoder, FittedEncoder):
        return _hash_all([stages.encoder()], split.train.n_users)
    return _hash_all([stages.joint()], split.train.n_users)


@dataclass(frozen=True)
class _Stages:
    """The stages that a training can consist of."""

    plan: RunPlan
    split: InteractionSplit
    ctx: RunContext
    observer: TrainingObserver
    checkpoints: Checkpoints

    def joint(self) -> Trained:
        """Train encoder and head together.

        Without codes only the encoder is trained. The stage has its name, so that post-hoc heads use its checkpoint.
        """
        assert isinstance(self.plan.head, TrainableHead)
        return self._train("joint" if self.plan.head.n_bits else "encoder", self._node_encoder(), self.plan.head)

    def encoder(self) -> Trained:
        """Train the encoder without a hash head, or fit it."""
        if isinstance(self.plan.encoder, FittedEncoder):
            return self._fit_encoder(self.plan.encoder)
        return self._train("encoder", self._node_encoder(), Continuous())

    def head(self, encoder: Trained) -> Trained:
        """Train the head on the frozen embeddings of an encoder, or fit it to them."""
        if isinstance(self.plan.head, TrainableHead):
            return self._train("head", FrozenEncoder(encoder.embeddings), self.plan.head)
        assert isinstance(self.plan.head, FittedHead)
        return self._fit_head(self.plan.head, encoder.embeddings)

    def _train(self, name: str, encoder: NodeEncoder, head: TrainableHead) -> Trained:
        layer = head.build(encoder.dim, self.ctx)
        validate = _validation(self.split, head, self.plan.training, self.ctx)
        stage = Stage(
            name,
            self.split.train,
            self.plan.objective,
            self.plan.training,
            validate,
            self.observer,
            self.checkpoints(name),
        )
        return train(encoder, layer, stage, self.ctx)

    def _node_encoder(self) -> NodeEncoder:
        assert isinstance(self.plan.encoder, TrainableEncoder)
        graph = BipartiteGraph(self.split.train, self.ctx.device, self.ctx.threads, self.plan.training.precision)
        return self.plan.encoder.build(graph, self.ctx)

    def _fit_encoder(self, encoder: FittedEncoder) -> Trained:
        start = time.perf_counter()
        fitted = encoder.fit(self.split.train, self.ctx)
        embeddings = torch.from_numpy(np.concatenate([fitted.users, fitted.items])).to(self.ctx.device)
        return Trained.fitted("encoder", embeddings, ContinuousHasher(), time.perf_counter() - start)

    def _fit_head(self, head: FittedHead, embeddings: Tensor) -> Trained:
        start = time.perf_counter()
        hasher = head.fit(Embeddings(*_sides(embeddings, self.split.train.n_users)), self.split.train, self.ctx)
        return Trained.fitted("head", embeddings, hasher, time.perf_counter() - start)


def validator(split: InteractionSplit, head: HashHead, training: TrainingOptions, ctx: RunContext) -> Validator | None:
    """Return what validates a model with this head; None if there are no validation interactions."""
    if not len(split.valid):
        return None
    return Validator(split, _validation_retrievers(head, training), training.valid_k, ctx)


def _validation_retrievers(head: HashHead, training: TrainingOptions) -> list[Retriever]:
    """Return the retriever that the head is made for, or those for codes and for re-ranking, or that for embeddings."""
    dedicated, parts = dedicated_retriever(head), searchable_parts(head, training)
    if dedicated is not None:
        return [dedicated]
    if "codes" not in parts:
        return [ContinuousRetriever()]
    for_codes: list[Retriever] = [Hamming(), Hierarchical(max(Hierarchical.candidates, training.valid_k))]
    return [retriever for retriever in for_codes if retriever.needs <= parts]


def _validation(split: InteractionSplit, head: HashHead, training: TrainingOptions, ctx: RunContext) -> Validate | None:
    model_validator = validator(split, head, training, ctx)
    if model_validator is None:
        return None
    return lambda embeddings, hasher: model_validator.validate(*_hash(embeddings, hasher, split.train.n_users))


def _hash_all(stages: list[Trained], n_users: int) -> TrainedModel:
    """Hash users and items by the hash functions of the last stage."""
    last = stages[-1]
    users, items = _hash(last.embeddings, last.hasher, n_users)

    def encode(user_ids: NDArray[np.int64]) -> Hashed:
        return last.hasher.hash_users(last.embeddings[torch.from_numpy(user_ids)].cpu().numpy())

    return TrainedModel(users, items, [_stage_summary(stage) for stage in stages], encode)


def _hash(embeddings: Tensor, hasher: Hasher, n_users: int) -> tuple[Hashed, Hashed]:
    users, items = _sides(embeddings, n_users)
    return hasher.hash_users(users), hasher.hash_items(items)


def _sides(embeddings: Tensor, n_users: int) -> tuple[FloatArray, FloatArray]:
    array = np.ascontiguousarray(embeddings.detach().cpu().numpy(), np.float32)
    return array[:n_users], array[n_users:]


def _stage_summary(stage: Trained) -> StageSummary:
    return StageSummary(
        stage=stage.stage,
        epochs=len(stage.history),
        best_epoch=stage.best_epoch,
        stopped=stage.stopped,
        seconds=stage.seconds,
        history=[_epoch_summary(epoch) for epoch in stage.history],
    )


def _epoch_summary(epoch: Epoch) -> EpochSummary:
    return EpochSummary(
        epoch=epoch.epoch, loss=epoch.loss, valid_hr=epoch.valid_hr, auc=epoch.auc, schedule=epoch.schedule
    )
