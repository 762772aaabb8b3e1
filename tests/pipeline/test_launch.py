"""Runs from plans and options."""

import pytest

from hashbench.errors import BadParameter
from hashbench.pipeline.launch import LaunchOptions, launch
from hashbench.results.store import ResultsFolder

from .small import RecordingObserver, small_plan


def test_records_are_written_and_notes_of_the_plan_are_passed_on(tmp_path):
    observer = RecordingObserver()
    plan = small_plan(head="lsh:bits=16", train_head="joint")
    (record,) = launch(plan, LaunchOptions(device="cpu", threads=1, out=tmp_path), observer)
    assert record.machine.threads == 1
    assert ResultsFolder(tmp_path).find(record.run_id).metrics == record.metrics
    assert observer.notes == ["head 'lsh' can only be trained 'post_hoc' here: train_head 'joint' is ignored"]
    assert observer.stages == ["encoder"]


def test_dask_does_not_go_with_several_processes(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(BadParameter, match="--dask does not go with several processes"):
        launch(small_plan(), LaunchOptions(device="cpu", threads=1, dask="tcp://127.0.0.1:1"))
