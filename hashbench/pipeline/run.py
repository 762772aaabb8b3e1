"""One run: load, split, obtain the model, and for each retriever index, search, score, time, record."""

from __future__ import annotations

from threadpoolctl import threadpool_limits

from hashbench.data.split import InteractionSplit
from hashbench.errors import BadData
from hashbench.evaluation.diagnostics import diagnose
from hashbench.evaluation.latency import measure
from hashbench.evaluation.ranking import Search, Task, rank_users
from hashbench.evaluation.recall import exact_recall
from hashbench.pipeline.context import ExecutionContext
from hashbench.pipeline.learn import TrainedModel
from hashbench.pipeline.model_source import ModelSource
from hashbench.pipeline.outcome import SearchOutcome
from hashbench.pipeline.phases import Phases
from hashbench.pipeline.plan import RunPlan
from hashbench.pipeline.recorder import RunRecorder, data_summary
from hashbench.pipeline.scoring import score_by_all
from hashbench.protocols import ApproximateIndex, Retriever
from hashbench.results.record import CodeSummary, RunRecord


def run(plan: RunPlan, execution: ExecutionContext) -> list[RunRecord]:
    """Obtain the plan's model, search it by each retriever, and write and return one record per retriever.

    Of several processes that train together, only the main one searches; the others return no records.

    Raises:
        HashbenchError: Data or options are wrong, or results cannot be written.
        RunFailed: The training failed; each retriever has a record that says so.
    """
    if execution.out is not None:
        execution.out.check_writable()
    machine, phases = execution.machine(), Phases()
    with threadpool_limits(1, user_api="blas"):  # a search divides its batch among its own threads
        with phases.measure("load"):
            data = plan.dataset.load(execution.load)
            plan.check_ks(data.interactions.n_items)
            split = plan.split.split(data, execution.ctx)
            check_parts(split)
        recorder = RunRecorder(plan, execution, machine, data_summary(data, split), phases)
        with recorder.recording_failures():
            model = ModelSource(plan, execution, recorder.data.split_fingerprint).obtain(split, phases)
        if model is None:
            return []
        search = Task.shuffled(split.seen, split.test, execution.ctx.rng("ties")).search(model.users, model.items)
        with phases.measure("inspect"):
            codes = inspect_codes(plan, execution, model)
        return [
            recorder.record(retriever, search_by(retriever, search, model, codes, recorder))
            for retriever in plan.retrievers
        ]


def search_by(
    retriever: Retriever, search: Search, model: TrainedModel, codes: CodeSummary | None, recorder: RunRecorder
) -> SearchOutcome:
    """Index the items by one retriever, search for the test users, score the rankings, and time the search."""
    plan, execution, phases = recorder.plan, recorder.execution, recorder.phases.copy()
    k = max(plan.ks)
    with phases.measure("index"):
        index = execution.build_index(retriever, search.items)
    with phases.measure("search"):
        ranking = rank_users(index, search, k, ties=True)
    with phases.measure("score"):
        scores = score_by_all(ranking, plan.metrics, plan.ks, execution.observer)
        if isinstance(index, ApproximateIndex):
            scores |= exact_recall(index, search, plan.ks, execution.ctx)
    with phases.measure("latency"):
        latency = measure(index, search, k, execution.ctx, model.encode)
    return SearchOutcome(model.training, codes, search, ranking, scores, latency, index.nbytes, phases)


def inspect_codes(plan: RunPlan, execution: ExecutionContext, model: TrainedModel) -> CodeSummary | None:
    """Return the diagnostics of a model's codes; None for a head without codes."""
    if not plan.head.n_bits:
        return None
    return diagnose(model.users, model.items, plan.ks, execution.ctx.rng("codes"))


def check_parts(split: InteractionSplit) -> None:
    """Raise `BadData` if there is nothing to train on, or nothing to test."""
    if not len(split.train) or not len(split.test):
        raise BadData(f"the split leaves {len(split.train):,} interactions to train on and {len(split.test):,} to test")
