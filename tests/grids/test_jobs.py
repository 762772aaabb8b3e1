"""What a job does before and after its training: it runs what is missing, and every error is its outcome."""

from dataclasses import replace
from queue import SimpleQueue

import pytest
from filelock import FileLock

from hashbench.grids.jobs import DONE_ELSEWHERE, JobEvent, JobOutcome, JobSpec, created, missing_retrievers, run_job
from hashbench.grids.jobs import run_locked_job as run_locked
from hashbench.pipeline import launch
from hashbench.pipeline.launch import LaunchOptions
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record
from .process import TINY


def job(out, **arguments):
    arguments = {"dataset": TINY, "encoder": "mf:dim=4", "head": "lsh:bits=8"} | arguments
    return JobSpec(3, "model", arguments, LaunchOptions(out=out), {"hamming": ("run.json", None)})


def events_of(queue):
    events = []
    while not queue.empty():
        events.append(queue.get())
    return events


def test_a_run_is_missing_until_its_record_is_newer_than_the_one_it_replaces(tmp_path):
    folder = ResultsFolder(tmp_path)
    assert created(tmp_path / "run.json") is None
    file = folder.write(a_record(), {})
    runs = {"new": (file.name, None), "replaced": (file.name, a_record().created), "absent": ("absent.json", None)}
    assert missing_retrievers(replace(job(tmp_path), runs=runs), folder) == ["replaced", "absent"]
    file.write_text("damaged")
    assert created(file) is None


def test_a_mistake_in_its_arguments_is_the_outcome(tmp_path):
    outcome = run_job(job(tmp_path, encoder="mff"), SimpleQueue())
    assert (outcome.index, outcome.status, outcome.fatal) == (3, "failed", False)
    assert outcome.reason.startswith("There is no encoder called 'mff'. Did you mean 'mf'?")


@pytest.mark.parametrize(
    ("error", "reason"), [(ValueError("of a plugin"), "ValueError: of a plugin"), (SystemExit(1), "SystemExit: 1")]
)
def test_any_error_of_a_component_is_the_outcome(error, reason, tmp_path, monkeypatch):
    def fail(plan, options, observer):
        raise error

    monkeypatch.setattr(launch, "launch", fail)
    assert run_job(job(tmp_path), SimpleQueue()).reason == reason


def test_a_job_that_another_process_runs_is_busy_and_one_that_it_has_done_is_done(tmp_path):
    with FileLock(ResultsFolder(tmp_path).lock("model")):
        assert run_locked(job(tmp_path), SimpleQueue()) == JobOutcome(3, "busy")
    file = ResultsFolder(tmp_path).write(a_record(), {})
    done = run_locked(replace(job(tmp_path), runs={"hamming": (file.name, None)}), SimpleQueue())
    assert (done.status, done.reason) == ("done", DONE_ELSEWHERE)


def test_a_training_reports_its_stage_and_progress(tmp_path, monkeypatch):
    def train(plan, options, observer):
        assert [retriever.name for retriever in plan.retrievers] == ["hamming"]
        assert options.out == tmp_path
        observer.note("a note")
        observer.stage_started("encoder", n_steps=5, n_epochs=2, epochs_done=1)
        observer.step_finished(0.5)

    monkeypatch.setattr(launch, "launch", train)
    monkeypatch.setattr("hashbench.grids.jobs.REPORT_SECONDS", 0.0)
    queue = SimpleQueue()
    assert run_job(job(tmp_path), queue).status == "done"
    assert events_of(queue) == [
        JobEvent(3, None, "a note"),
        JobEvent(3, 0.5, "encoder"),
        JobEvent(3, 0.6, "encoder"),
    ]
