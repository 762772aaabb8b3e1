"""One run: load, learn, hash, index, search, score, record."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from hashbench.data.interactions import IntArray
from hashbench.data.split import InteractionSplit
from hashbench.errors import BadData, BadRecord, RunFailed
from hashbench.evaluation.diagnostics import diagnose
from hashbench.evaluation.latency import measure
from hashbench.evaluation.ranking import Scores, Search, Task, rank_users
from hashbench.evaluation.recall import exact_recall
from hashbench.pipeline.context import ExecutionContext
from hashbench.pipeline.environment import machine
from hashbench.pipeline.learn import Checkpoints, Learned, learn
from hashbench.pipeline.phases import Phases
from hashbench.pipeline.plan import RunPlan
from hashbench.pipeline.recorder import RunRecorder, data_summary
from hashbench.protocols import ApproximateIndex, Retriever
from hashbench.results.cache import CachedModel
from hashbench.results.per_user import Hits
from hashbench.results.record import RunRecord, TieRange
from hashbench.training.checkpoint import CheckpointFile


def run(plan: RunPlan, execution: ExecutionContext) -> list[RunRecord]:
    """Train the plan's model once, search it by each retriever, and write one record each.

    Of several processes that train together the first has the records.
    """
    if execution.out is not None:
        execution.out.check_writable()
    ctx, phases = execution.ctx, Phases()
    here = machine(ctx.device, ctx.threads, _gpu(ctx.device), ctx.process_group.size)
    with threadpool_limits(1, user_api="blas"):  # searches share a batch between threads of their own
        with phases.measure("load"):
            data = plan.dataset.load(execution.load)
            plan.check_catalogue(data.interactions.n_items)
            split = plan.split.split(data, execution.ctx)
            _check_parts(split)
        recorder = RunRecorder(plan, execution, here, phases, data_summary(data, split))
        try:
            kept = _kept(recorder)
            learned, process_group = kept, execution.ctx.process_group
            if not process_group.broadcast(kept is not None):
                with phases.measure("train"):
                    learned = learn(plan, split, execution.ctx, execution.observer, checkpoints(recorder))
            if learned is None or not process_group.is_main:
                return []
        except (RunFailed, MemoryError, torch.OutOfMemoryError) as error:
            failure = error if isinstance(error, RunFailed) else RunFailed(f"out of memory in training: {error}")
            for retriever in plan.retrievers:
                recorder.fail(retriever, failure)
            raise failure from None
        task = Task.shuffled(split.seen, split.test, execution.ctx.rng("ties"))
        search = task.search(learned.users, learned.items)
        if execution.out is not None and kept is None:
            made = CachedModel(learned.users, learned.items, learned.training, recorder.provenance)
            execution.out.write_model(recorder.model_id, made)
        with phases.measure("inspect"):
            codes = (
                diagnose(learned.users, learned.items, plan.ks, execution.ctx.rng("codes"))
                if plan.head.n_bits
                else None
            )
        recorder = replace(recorder, codes=codes)
        return [evaluate(recorder, retriever, search, learned) for retriever in plan.retrievers]


def evaluate(recorder: RunRecorder, retriever: Retriever, search: Search, learned: Learned) -> RunRecord:
    """Search the test users' items by one retriever, score, time and record."""
    ctx, ks, phases = recorder.execution.ctx, recorder.plan.ks, recorder.phases.copy()
    with phases.measure("index"):
        index = recorder.execution.build_index(retriever, search.items)
    with phases.measure("search"):
        ranking = rank_users(index, search, max(ks), ties=True)
    with phases.measure("score"):
        scores = recorder.score(ranking)
        if isinstance(index, ApproximateIndex):
            scores |= exact_recall(index, search, ks, ctx)
    with phases.measure("latency"):
        latency = measure(index, search, max(ks), ctx, learned.encode)
    record = recorder.record(retriever, phases).model_copy(
        update={
            "training": learned.training,
            "metrics": {name: float(np.nanmean(one.expected)) for name, one in scores.items()},
            "ties": {} if ranking.ties is None else {name: _tie_range(one) for name, one in scores.items()},
            "latency": latency,
            "bytes_per_item": index.nbytes / len(search.items),
            "index_bytes": index.nbytes,
            "train_seconds": learned.seconds,
        }
    )
    everyone = {
        name: _for_all_users(one.expected, search.eval_users, len(search.users)) for name, one in scores.items()
    }
    recorder.write(record, everyone, Hits.from_ranking(ranking, search.eval_users, len(search.users)))
    return record


def _kept(recorder: RunRecorder) -> Learned | None:
    """Return the model of this id that an earlier run kept, if it may be taken and there is one."""
    execution = recorder.execution
    if execution.out is None or not execution.reuse_model:
        return None
    try:
        kept = execution.out.cache.read(recorder.model_id)
    except BadRecord as error:
        execution.observer.note(f"{error}: the model is trained again")
        return None
    if kept is None:
        execution.observer.model_looked_up(recorder.model_id, cache_hit=False)
        return None
    if kept.provenance != recorder.provenance:
        provenance = ", ".join(f"{name} {version}" for name, version in kept.provenance.items()) or "an older hashbench"
        execution.observer.note(f"model {recorder.model_id} was made by {provenance}: it is trained again")
        return None
    execution.observer.model_looked_up(recorder.model_id, cache_hit=True)
    return Learned(kept.users, kept.items, kept.training)


def checkpoints(recorder: RunRecorder) -> Checkpoints | None:
    """Return where the stages of a model's training keep their state; without a results folder, nowhere."""
    execution = recorder.execution
    if execution.out is None:
        return None
    out = execution.out

    def checkpoint(stage: str) -> CheckpointFile:
        stage_id, provenance = recorder.stage_id(stage), recorder.stage_provenance(stage)
        file, lock = out.cache.training(stage_id), out.lock(stage_id)
        return CheckpointFile(file, provenance, execution.observer.note, execution.reuse_model, lock)

    return checkpoint


def _check_parts(split: InteractionSplit) -> None:
    if not len(split.train) or not len(split.test):
        raise BadData(f"the split leaves {len(split.train):,} interactions to train on and {len(split.test):,} to test")


def _gpu(device: str) -> str | None:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else None


def _tie_range(scores: Scores) -> TieRange:
    return TieRange(**{part: float(np.nanmean(getattr(scores, part))) for part in TieRange.model_fields})


def _for_all_users(values: NDArray[np.float64], users: IntArray, n_users: int) -> NDArray[np.float32]:
    everyone = np.full(n_users, np.nan, np.float32)
    everyone[users] = values
    return everyone
