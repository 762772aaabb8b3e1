"""What of a grid is done, stale, failed or missing, from records alone."""

from dataclasses import replace

import pytest

import hashbench
from hashbench.errors import HashbenchError, RunFailed
from hashbench.grids.cells import expand
from hashbench.grids.experiment_file import parse
from hashbench.grids.status import grid_status
from hashbench.observers import NullObserver
from hashbench.pipeline.context import ExecutionContext
from hashbench.protocols import LoadContext, RunContext
from hashbench.results.store import ResultsFolder

from .process import TINY

EXPERIMENT = {
    "axes": {"dataset": TINY, "encoder": "mf:dim=4", "head": "lsh:bits=8", "seed": [0, 1]},
    "training": {"epochs": 1},
    "search": {"k": [5], "retriever": ["hamming", "continuous"]},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The records of seed 0."""
    out = tmp_path_factory.mktemp("status")
    arguments = {"dataset": TINY, "encoder": "mf:dim=4", "head": "lsh:bits=8", "retrievers": ["hamming", "continuous"]}
    hashbench.run(**arguments, epochs=1, k=5, threads=1, out=out)
    return ResultsFolder(out)


def status_of(folder, experiment=EXPERIMENT, retry_failed=False):
    observer = NullObserver()
    execution = ExecutionContext(RunContext(0, "cpu", 1), LoadContext(notes=observer), observer, folder)
    return grid_status(expand(parse(experiment, "x.toml")).cells, execution, retry_failed)


def test_what_has_a_record_is_done_and_the_rest_is_a_task(folder):
    status = status_of(folder)
    assert [(record.seed, record.retriever) for record in status.done] == [(0, "hamming"), (0, "continuous")]
    (task,) = status.tasks
    assert task.cell.plan.seed == 1
    assert [retriever.name for retriever in task.previous] == ["hamming", "continuous"]
    assert (task.cached, status.n_to_train, status.data_files) == (False, 1, set())
    assert task.shared_stage is not None
    assert status.seconds == pytest.approx(status.done[0].train_seconds)
    assert len(status.run_files) == 4
    assert [file.is_file() for file in status.run_files.values()] == [True, True, False, False]


def test_another_retriever_is_a_task_that_trains_nothing(folder):
    status = status_of(folder, EXPERIMENT | {"search": {"k": [5], "retriever": "hierarchical"}})
    task, _ = status.tasks
    assert (task.cached, task.shared_stage, task.seconds) == (True, None, 0.0)
    assert status.n_to_train == 1


def test_a_record_of_another_version_is_stale_and_a_deleted_one_missing(folder):
    record = status_of(folder).done[0]
    try:
        folder.update(replace_version(record, "0.0.1"))
        status = status_of(folder)
        assert [stale.run_id for stale, _ in status.stale] == [record.run_id]
        assert list(status.tasks[0].previous.values()) == [record.created]
        folder.file(record).unlink()
        assert list(status_of(folder).tasks[0].previous.values()) == [None]
    finally:
        folder.update(record)


def test_a_failure_is_run_again_only_if_asked(folder):
    (task,) = status_of(folder).tasks
    recorder = replace(task.recorder, execution=replace(task.recorder.execution, out=folder))
    retriever = next(iter(task.previous))
    recorder.record_failure(retriever, RunFailed("the loss is nan"))
    try:
        status = status_of(folder)
        assert [record.error for record in status.failed] == ["the loss is nan"]
        assert [retriever.name for retriever in status.tasks[0].previous] == ["continuous"]
        assert [retriever.name for retriever in status_of(folder, retry_failed=True).tasks[0].previous] == [
            "hamming",
            "continuous",
        ]
    finally:
        folder.file(recorder.planned(retriever)).unlink()


def test_every_data_set_that_cannot_be_loaded_is_named(folder):
    axes = EXPERIMENT["axes"] | {"dataset": ["file:path=no.csv", "file:path=none.csv"]}
    with pytest.raises(HashbenchError) as caught:
        status_of(folder, EXPERIMENT | {"axes": axes})
    assert "no.csv" in str(caught.value)
    assert "none.csv" in str(caught.value)


def replace_version(record, version):
    return record.model_copy(update={"versions": record.versions.model_copy(update={"hashbench": version})})
