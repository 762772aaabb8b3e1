"""How tasks are given to a pool: within the budget, no shared stage twice, and "done" only with a record."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from hashbench.components.retrievers.hamming import Hamming
from hashbench.errors import Unwritable
from hashbench.grids import dispatch
from hashbench.grids.dispatch import Dispatcher
from hashbench.grids.experiment import Budget
from hashbench.grids.jobs import JobEvent, JobOutcome
from hashbench.grids.run import NullGridObserver
from hashbench.grids.status import GridTask
from hashbench.protocols import LoadContext, RunContext
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record


class Recorder:
    """Stands in for a task's recorder: its records are those of the factory, one for each model."""

    def __init__(self, index, folder):
        self.model_id, self.folder, self.failures = f"model{index}", folder, []
        self.execution = SimpleNamespace(ctx=RunContext(0, "cpu", 1), load=LoadContext())

    def planned(self, retriever):
        return a_record(run_id=f"{int(self.model_id[5:]):016x}")

    def record_failure(self, retriever, failure):
        self.failures.append(str(failure))


@dataclass
class Pool:
    """Ends every job with the next of its prepared outcomes, "done" without any; a job that is done has a record."""

    folder: ResultsFolder
    statuses: dict[int, list[JobOutcome]] = field(default_factory=dict)
    n_free: int = 1
    submitted: list[int] = field(default_factory=list)
    running: list[int] = field(default_factory=list)
    together: list[set[int]] = field(default_factory=list)
    reports: list[JobEvent] = field(default_factory=list)
    size: int = 1

    def submit(self, job):
        self.submitted.append(job.index)
        self.running.append(job.index)
        self.n_free = self.size - len(self.running)

    def outcomes(self, timeout):
        self.together.append(set(self.running))
        for index in self.running:
            prepared = self.statuses.get(index, [])
            outcome = prepared.pop(0) if prepared else JobOutcome(index, "done", seconds=1.0)
            if outcome.status == "done" and not outcome.reason:
                self.folder.write(a_record(run_id=f"{index:016x}"), {})
            yield outcome
        self.running, self.n_free = [], self.size

    def events(self):
        yield from self.reports

    def close(self):
        pass


class Log(NullGridObserver):
    def __init__(self):
        self.lines = []

    def task_started(self, task):
        self.lines.append(("started", task.index))

    def task_waits(self, task):
        self.lines.append(("waits", task.index))

    def task_finished(self, task, outcome):
        self.lines.append((outcome.status, task.index))


def tasks(folder, n_tasks, **options):
    cell = SimpleNamespace(arguments={"ks": [5], "training": {}})
    options = {"previous": {Hamming(): None}, "cached": False, "shared_stage": None, "seconds": None} | options
    return [GridTask(index, cell, Recorder(index, folder), **options) for index in range(n_tasks)]


@pytest.fixture
def folder(tmp_path):
    return ResultsFolder(tmp_path)


def test_all_tasks_run_in_order(folder):
    pool, log = Pool(folder), Log()
    result = Dispatcher(folder, pool, log, Budget()).run(tasks(folder, 3))
    assert pool.submitted == [0, 1, 2]
    assert [task.index for task in result.done] == [0, 1, 2]
    assert not result.failed
    assert not result.remaining
    assert log.lines == [("started", 0), ("done", 0), ("started", 1), ("done", 1), ("started", 2), ("done", 2)]


def test_the_budget_counts_trainings_and_cached_models_are_free(folder):
    trained, cached = tasks(folder, 3), tasks(folder, 4, cached=True)[3:]
    result = Dispatcher(folder, Pool(folder), Log(), Budget(models=2)).run([*trained, *cached])
    assert sorted(task.index for task in result.done) == [0, 1, 3]
    assert [task.index for task in result.remaining] == [2]


def test_no_training_starts_after_the_hours_of_the_budget(folder):
    times = iter(range(0, 1_000_000, 1000))
    dispatcher = Dispatcher(folder, Pool(folder), Log(), Budget(hours=1.0), clock=lambda: next(times))
    result = dispatcher.run(tasks(folder, 9))
    assert result.remaining
    assert len(result.done) + len(result.remaining) == 9


def test_a_stage_that_tasks_share_is_trained_by_one_of_them_at_a_time(folder):
    pool = Pool(folder, size=3, n_free=3)
    Dispatcher(folder, pool, Log(), Budget()).run(tasks(folder, 3, shared_stage="encoder"))
    assert pool.together == [{0}, {1}, {2}]


def test_a_task_of_another_process_is_tried_again_later(folder, monkeypatch):
    monkeypatch.setattr(dispatch, "RETRY_SECONDS", 0.0)
    pool, log = Pool(folder, {0: [JobOutcome(0, "busy"), JobOutcome(0, "busy")]}), Log()
    result = Dispatcher(folder, pool, log, Budget(models=2)).run(tasks(folder, 2))
    assert sorted(task.index for task in result.done) == [0, 1]
    assert log.lines.count(("waits", 0)) == 1
    assert log.lines.count(("started", 0)) == 1


def test_a_failure_is_recorded_and_the_others_run(folder):
    pool, grid_tasks = Pool(folder, {0: [JobOutcome(0, "failed", "the loss is nan")]}), tasks(folder, 2)
    result = Dispatcher(folder, pool, Log(), Budget()).run(grid_tasks)
    assert [(task.index, reason) for task, reason in result.failed] == [(0, "the loss is nan")]
    assert grid_tasks[0].recorder.failures == ["the loss is nan"]
    assert [task.index for task in result.done] == [1]


def test_done_without_a_record_is_a_failure(folder):
    pool = Pool(folder, {0: [JobOutcome(0, "done", "another process has done it")]})
    ((_, reason),) = Dispatcher(folder, pool, Log(), Budget()).run(tasks(folder, 1)).failed
    assert reason == "it was run, but there is no record of hamming: its data may differ from that here"


def test_done_with_the_record_of_a_failure_is_a_failure(folder):
    pool = Pool(folder, {0: [JobOutcome(0, "done", "another process has done it")]})
    folder.write(a_record(run_id=f"{0:016x}", status="failed", error="out of memory"), {})
    ((_, reason),) = Dispatcher(folder, pool, Log(), Budget()).run(tasks(folder, 1)).failed
    assert reason == "out of memory"


def test_a_fatal_outcome_ends_the_grid(folder):
    pool = Pool(folder, {0: [JobOutcome(0, "failed", "no space left on device", fatal=True)]})
    with pytest.raises(Unwritable, match="no space left on device"):
        Dispatcher(folder, pool, Log(), Budget()).run(tasks(folder, 2))
    assert pool.submitted == [0]
