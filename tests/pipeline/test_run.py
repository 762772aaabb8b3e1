"""A run from its plan to its records."""

from dataclasses import replace

import numpy as np
import pytest

from hashbench.data.interactions import Interactions
from hashbench.data.split import InteractionSplit
from hashbench.errors import BadData, RunFailed
from hashbench.pipeline.run import check_parts, run
from hashbench.process_group import ProcessGroup
from hashbench.results.store import ResultsFolder

from .small import small_execution, small_plan


def test_each_retriever_has_a_record_in_the_folder(tmp_path):
    plan = small_plan(retrievers=["hamming", "continuous"])
    records = run(plan, small_execution(tmp_path))
    assert [record.retriever for record in records] == ["hamming", "continuous"]
    assert {record.status for record in records} == {"ok"}
    written, problems = ResultsFolder(tmp_path).read_all()
    assert not problems
    assert sorted(record.run_id for record in written) == sorted(record.run_id for record in records)
    hamming, continuous = records
    assert hamming.codes == continuous.codes
    assert list(hamming.phase_seconds) == ["load", "train", "inspect", "index", "search", "score", "latency"]
    assert hamming.model_id == continuous.model_id
    for record in records:
        values = ResultsFolder(tmp_path).per_user(record)["hr@5"]
        assert np.nanmean(values, dtype=np.float64) == pytest.approx(record.metrics["hr@5"], abs=1e-6)


def test_a_training_that_fails_is_recorded_for_each_retriever(tmp_path):
    plan = small_plan(head="guided_ste:bits=16", retrievers=None, training={"epochs": 1, "lr": 1e38})
    with pytest.raises(RunFailed, match="try a smaller --lr"):
        run(plan, small_execution(tmp_path))
    records, _ = ResultsFolder(tmp_path).read_all()
    assert len(records) == len(plan.retrievers) == 3
    for record in records:
        assert record.status == "failed"
        assert "try a smaller --lr" in record.error
        assert list(record.phase_seconds) == ["load"]
        assert not record.metrics


def test_other_processes_return_no_records(monkeypatch):
    monkeypatch.setattr(ProcessGroup, "broadcast", lambda self, value: True)  # the main process has the model cached
    execution = small_execution()
    other = replace(execution, ctx=replace(execution.ctx, process_group=ProcessGroup(rank=1, size=2)))
    assert run(small_plan(), other) == []


def test_there_must_be_something_to_train_on_and_to_test():
    first, second, empty = (Interactions.from_pairs(*pairs, 1, 2) for pairs in (([0], [0]), ([0], [1]), ([], [])))
    check_parts(InteractionSplit(first, empty, second))
    with pytest.raises(BadData, match="the split leaves 1 interactions to train on and 0 to test"):
        check_parts(InteractionSplit(first, empty, empty))
