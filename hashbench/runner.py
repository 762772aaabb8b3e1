"""One run: load, learn, hash, index, search, score, record."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from hashbench.data.interactions import IntArray
from hashbench.data.split import InteractionSplit
from hashbench.draft import Draft, Where, data_summary
from hashbench.environment import machine
from hashbench.errors import BadData, BadRecord, RunFailed
from hashbench.evaluation.diagnostics import diagnose
from hashbench.evaluation.latency import measure
from hashbench.evaluation.ranking import Scores, Search, Task, judge
from hashbench.evaluation.recall import exact_recall
from hashbench.learn import Checkpoints, Learned, learn
from hashbench.phases import Phases
from hashbench.plan import Plan
from hashbench.protocols import ApproximateIndex, Retriever
from hashbench.results.cache import KeptModel
from hashbench.results.record import RunRecord, TieRange
from hashbench.results.store import Hits
from hashbench.training.checkpoint import CheckpointFile


def run(plan: Plan, where: Where) -> list[RunRecord]:
    """Train the plan's model once, search it by each retriever, and write one record each.

    Of several processes that train together the first has the records.
    """
    if where.out is not None:
        where.out.check_writable()
    ctx, phases = where.ctx, Phases()
    here = machine(ctx.device, ctx.threads, _gpu(ctx.device), ctx.world.size)
    with threadpool_limits(1, user_api="blas"):  # searches share a batch between threads of their own
        with phases.measure("load"):
            data = plan.dataset.load(where.load)
            plan.check_catalogue(data.interactions.n_items)
            split = plan.split.split(data, where.ctx)
            _check_parts(split)
        draft = Draft(plan, where, here, phases, data_summary(data, split))
        try:
            kept = _kept(draft)
            learned, world = kept, where.ctx.world
            if not world.told(kept is not None):
                with phases.measure("train"):
                    learned = learn(plan, split, where.ctx, where.observer, checkpoints(draft))
            if learned is None or not world.first:
                return []
        except (RunFailed, MemoryError, torch.OutOfMemoryError) as error:
            failure = error if isinstance(error, RunFailed) else RunFailed(f"out of memory in training: {error}")
            for retriever in plan.retrievers:
                draft.fail(retriever, failure)
            raise failure from None
        task = Task.shuffled(split.seen, split.test, where.ctx.rng("ties"))
        search = task.search(learned.users, learned.items)
        if where.out is not None and kept is None:
            made = KeptModel(learned.users, learned.items, learned.training, draft.made_by)
            where.out.write_model(draft.model_id, made)
        with phases.measure("inspect"):
            codes = (
                diagnose(learned.users, learned.items, plan.ks, where.ctx.rng("codes")) if plan.head.n_bits else None
            )
        draft = replace(draft, codes=codes)
        return [evaluate(draft, retriever, search, learned) for retriever in plan.retrievers]


def evaluate(draft: Draft, retriever: Retriever, search: Search, learned: Learned) -> RunRecord:
    """Search the test users' items by one retriever, score, time and record."""
    ctx, ks, phases = draft.where.ctx, draft.plan.ks, draft.phases.copy()
    with phases.measure("index"):
        index = draft.where.build(retriever, search.items)
    with phases.measure("search"):
        judged = judge(index, search, max(ks), ties=True)
    with phases.measure("score"):
        scores = draft.score(judged)
        if isinstance(index, ApproximateIndex):
            scores |= exact_recall(index, search, ks, ctx)
    with phases.measure("latency"):
        latency = measure(index, search, max(ks), ctx, learned.encode)
    record = draft.record(retriever, phases).model_copy(
        update={
            "training": learned.training,
            "metrics": {name: float(np.nanmean(one.expected)) for name, one in scores.items()},
            "ties": {} if judged.ties is None else {name: _tie_range(one) for name, one in scores.items()},
            "latency": latency,
            "bytes_per_item": index.nbytes / len(search.items),
            "index_bytes": index.nbytes,
            "train_seconds": learned.seconds,
        }
    )
    everyone = {name: _spread(one.expected, search.askers, len(search.users)) for name, one in scores.items()}
    draft.write(record, everyone, Hits.spread(judged, search.askers, len(search.users)))
    return record


def _kept(draft: Draft) -> Learned | None:
    """Return the model of this id that an earlier run kept, if it may be taken and there is one."""
    where = draft.where
    if where.out is None or not where.reuse_model:
        return None
    try:
        kept = where.out.cache.read(draft.model_id)
    except BadRecord as error:
        where.observer.note(f"{error}: the model is trained again")
        return None
    if kept is None:
        where.observer.model(draft.model_id, taken=False)
        return None
    if kept.made_by != draft.made_by:
        made_by = ", ".join(f"{name} {version}" for name, version in kept.made_by.items()) or "an older hashbench"
        where.observer.note(f"model {draft.model_id} was made by {made_by}: it is trained again")
        return None
    where.observer.model(draft.model_id, taken=True)
    return Learned(kept.users, kept.items, kept.training)


def checkpoints(draft: Draft) -> Checkpoints | None:
    """Return where the stages of a model's training keep their state; without a results folder, nowhere."""
    where = draft.where
    if where.out is None:
        return None
    out = where.out

    def checkpoint(stage: str) -> CheckpointFile:
        stage_id, made_by = draft.stage_id(stage), draft.stage_made_by(stage)
        file, lock = out.cache.training(stage_id), out.lock(stage_id)
        return CheckpointFile(file, made_by, where.observer.note, where.reuse_model, lock)

    return checkpoint


def _check_parts(split: InteractionSplit) -> None:
    if not len(split.train) or not len(split.test):
        raise BadData(f"the split leaves {len(split.train):,} interactions to train on and {len(split.test):,} to test")


def _gpu(device: str) -> str | None:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else None


def _tie_range(scores: Scores) -> TieRange:
    return TieRange(**{part: float(np.nanmean(getattr(scores, part))) for part in TieRange.model_fields})


def _spread(values: NDArray[np.float64], users: IntArray, n_users: int) -> NDArray[np.float32]:
    everyone = np.full(n_users, np.nan, np.float32)
    everyone[users] = values
    return everyone
