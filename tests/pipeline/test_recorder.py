"""Records without an outcome, and records of failures."""

from dataclasses import replace

import pytest

from hashbench.errors import RunFailed
from hashbench.pipeline.phases import Phases
from hashbench.pipeline.recorder import RunRecorder, data_summary
from hashbench.process_group import ProcessGroup
from hashbench.protocols import LoadContext, RunContext
from hashbench.results.store import ResultsFolder

from .small import small_execution, small_plan


@pytest.fixture
def recorder(tmp_path):
    plan, execution = small_plan(retrievers=["hamming", "continuous"]), small_execution(tmp_path)
    data = plan.dataset.load(LoadContext())
    summary = data_summary(data, plan.split.split(data, RunContext()))
    return RunRecorder(plan, execution, execution.machine(), summary, Phases({"load": 1.0}, {"load": 7}))


def test_a_planned_run_has_its_ids_and_no_outcome(recorder):
    hamming, continuous = (recorder.planned(retriever) for retriever in recorder.plan.retrievers)
    assert hamming.model_id == continuous.model_id == recorder.model_id
    assert hamming.run_id != continuous.run_id
    assert hamming.spec == recorder.plan.run_spec(recorder.plan.retrievers[0], recorder.data.split_fingerprint)
    assert (hamming.metrics, hamming.latency, hamming.phase_seconds) == ({}, None, {})
    assert hamming.data.n_users == 60


def test_the_command_says_what_the_execution_adds(recorder):
    execution = replace(recorder.execution, load=LoadContext(skip_bad_rows=True))
    execution = replace(execution, ctx=replace(execution.ctx, device="cuda:1", process_group=ProcessGroup(0, 2)))
    command = replace(recorder, execution=execution).planned(recorder.plan.retrievers[0]).command
    assert command.startswith("torchrun --nproc-per-node 2 -m hashbench run --encoder mf:dim=8 ")
    assert command.endswith(" --skip-bad-rows --device cuda:1")


def test_an_index_builder_makes_another_run(recorder):
    class Builder:
        name, option = "dask", "--dask tcp://there"

    there = replace(recorder, execution=replace(recorder.execution, builder=Builder()))
    here, elsewhere = (each.planned(recorder.plan.retrievers[0]) for each in (recorder, there))
    assert elsewhere.spec == here.spec | {"index": "dask"}
    assert elsewhere.run_id != here.run_id
    assert elsewhere.model_id == here.model_id


@pytest.mark.parametrize(
    ("error", "reason"), [(RunFailed("diverged"), "diverged"), (MemoryError("4 GB"), "out of memory in training: 4 GB")]
)
def test_a_failure_is_recorded_for_each_retriever_and_raised(error, reason, recorder, tmp_path):
    with pytest.raises(RunFailed, match=reason), recorder.recording_failures():
        raise error
    records, _ = ResultsFolder(tmp_path).read_all()
    assert sorted(record.retriever for record in records) == ["continuous", "hamming"]
    for record in records:
        assert (record.status, record.error) == ("failed", reason)
        assert (record.phase_seconds, record.peak_memory_bytes) == ({"load": 1.0}, 7)


def test_other_errors_are_no_records(recorder, tmp_path):
    with pytest.raises(ValueError, match="a mistake"), recorder.recording_failures():
        raise ValueError("a mistake")
    assert ResultsFolder(tmp_path).read_all() == ([], [])
