"""From a split to codes and embeddings: the graph, the encoder, the head, in one stage or two."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hashbench.components.heads.continuous import Continuous, ContinuousHasher
from hashbench.components.retrievers.continuous import Continuous as FloatSearch
from hashbench.components.retrievers.hamming import Hamming
from hashbench.components.retrievers.hierarchical import Hierarchical
from hashbench.data.split import InteractionSplit
from hashbench.evaluation.validation import Validator
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.observers import TrainingObserver
from hashbench.pipeline.plan import RunPlan, emitted, search_of
from hashbench.protocols import (
    Embeddings,
    FittedEncoder,
    FittedHead,
    FloatArray,
    Hashed,
    Hasher,
    HashHead,
    Retriever,
    RunContext,
    TrainableEncoder,
    TrainableHead,
)
from hashbench.results.record import EpochSummary, StageSummary
from hashbench.training.checkpoint import CheckpointFile
from hashbench.training.loop import Stage, Trained, Validate, train
from hashbench.training.options import TrainingOptions


@dataclass(frozen=True, eq=False)
class Learned:
    """Both sides hashed, how the training went, and what hashes the embeddings of some users as when a query comes.

    A model that was kept has no `encode`.
    """

    users: Hashed
    items: Hashed
    training: list[StageSummary]
    encode: Callable[[NDArray[np.int64]], Hashed] | None = None

    @property
    def seconds(self) -> float:
        """Time of all stages."""
        return sum(stage.seconds for stage in self.training)


Checkpoints = Callable[[str], CheckpointFile]
"""Gives the file in which a stage of that name keeps its state."""


def learn(
    plan: RunPlan,
    split: InteractionSplit,
    ctx: RunContext,
    observer: TrainingObserver,
    checkpoints: Checkpoints | None = None,
) -> Learned:
    """Train the plan's encoder and head on the training interactions, steered by the validation ones.

    A stage that has a checkpoint goes on from there.
    """

    def stage(name: str, head: HashHead) -> Stage:
        validate = _validation(split, head, plan.training, ctx)
        checkpoint = checkpoints(name) if checkpoints is not None else None
        return Stage(name, split.train, plan.objective, plan.training, validate, observer, checkpoint)

    if isinstance(plan.encoder, FittedEncoder):
        first = _fit_encoder(plan.encoder, split, ctx)
        if plan.train_head == "joint":
            return _hash([first], split.train.n_users)
    else:
        assert isinstance(plan.encoder, TrainableEncoder)
        encoder = plan.encoder.build(BipartiteGraph(split.train, ctx.device, ctx.threads, plan.training.precision), ctx)
        if plan.train_head == "joint":
            assert isinstance(plan.head, TrainableHead)
            # Without codes only the encoder is trained: by that name, so that it is the one fitted heads start from.
            name = "joint" if plan.head.n_bits else "encoder"
            only = train(encoder, plan.head.build(encoder.dim, ctx), stage(name, plan.head), ctx)
            return _hash([only], split.train.n_users)
        first = train(encoder, Continuous().build(encoder.dim, ctx), stage("encoder", Continuous()), ctx)
    if isinstance(plan.head, TrainableHead):
        frozen = FrozenEncoder(first.embeddings)
        second = train(frozen, plan.head.build(frozen.dim, ctx), stage("head", plan.head), ctx)
    else:
        assert isinstance(plan.head, FittedHead)
        second = _fit(plan.head, first, split, ctx)
    return _hash([first, second], split.train.n_users)


class FrozenEncoder(nn.Module):
    """Embeddings that training leaves as they are: float[n_nodes, dim]."""

    def __init__(self, embeddings: Tensor) -> None:
        super().__init__()
        self.register_buffer("embeddings", embeddings)
        self.dim, self.l2 = embeddings.shape[1], 0.0

    def forward(self, nodes: Tensor | None = None) -> Tensor:
        """Return the embeddings, or the given nodes' rows."""
        embeddings = self.get_buffer("embeddings")
        return embeddings if nodes is None else embeddings[nodes]

    def sampled(self, nodes: Tensor, fan_outs: Sequence[int], seed: int) -> Tensor:
        """Return the given nodes' rows."""
        return self.forward(nodes)

    def ego(self) -> Tensor:
        """Return the embeddings, which are not regularised."""
        return self.get_buffer("embeddings")


def _fit_encoder(encoder: FittedEncoder, split: InteractionSplit, ctx: RunContext) -> Trained:
    started = time.perf_counter()
    found = encoder.fit(split.train, ctx)
    nodes = torch.from_numpy(np.concatenate([found.users, found.items])).to(ctx.device)
    return Trained(nodes, ContinuousHasher(), "encoder", [], 0, "fitted", time.perf_counter() - started)


def _fit(head: FittedHead, encoder: Trained, split: InteractionSplit, ctx: RunContext) -> Trained:
    started = time.perf_counter()
    users, items = _sides(encoder.embeddings, split.train.n_users)
    hasher = head.fit(Embeddings(users, items), split.train, ctx)
    return Trained(encoder.embeddings, hasher, "head", [], 0, "fitted", time.perf_counter() - started)


def _hash(stages: list[Trained], n_users: int) -> Learned:
    last = stages[-1]
    users, items = _hash_sides(last.embeddings, last.hasher, n_users)

    def encode(chosen: NDArray[np.int64]) -> Hashed:
        return last.hasher.hash_users(last.embeddings[torch.from_numpy(chosen)].cpu().numpy())

    return Learned(users, items, [_summary(stage) for stage in stages], encode)


def _summary(stage: Trained) -> StageSummary:
    history = [
        EpochSummary(**{name: getattr(point, name) for name in EpochSummary.model_fields}) for point in stage.history
    ]
    return StageSummary(
        stage=stage.stage,
        epochs=len(history),
        best_epoch=stage.best_epoch,
        stopped=stage.stopped,
        seconds=stage.seconds,
        history=history,
    )


def validator(split: InteractionSplit, head: HashHead, training: TrainingOptions, ctx: RunContext) -> Validator | None:
    """Validate by the searches that the head is for: its own, or by codes, by codes and embeddings, or by embeddings.

    Without validation interactions there is nothing to validate on.
    """
    if not len(split.valid):
        return None
    parts = emitted(head, training)
    searches: list[Retriever] = [FloatSearch()]
    if (own := search_of(head)) is not None:
        searches = [own]
    elif "codes" in parts:
        both: list[Retriever] = [Hamming(), Hierarchical(max(Hierarchical.candidates, training.valid_k))]
        searches = [search for search in both if search.needs <= parts]
    return Validator(split, searches, training.valid_k, ctx)


def _validation(split: InteractionSplit, head: HashHead, training: TrainingOptions, ctx: RunContext) -> Validate | None:
    rank_users = validator(split, head, training, ctx)
    if rank_users is None:
        return None
    return lambda embeddings, hasher: rank_users.validate(*_hash_sides(embeddings, hasher, split.train.n_users))


def _hash_sides(embeddings: Tensor, hasher: Hasher, n_users: int) -> tuple[Hashed, Hashed]:
    users, items = _sides(embeddings, n_users)
    return hasher.hash_users(users), hasher.hash_items(items)


def _sides(embeddings: Tensor, n_users: int) -> tuple[FloatArray, FloatArray]:
    array = np.ascontiguousarray(embeddings.detach().cpu().numpy(), np.float32)
    return array[:n_users], array[n_users:]
