"""What a worker process does: it runs one job, unless another process runs it or has done it."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from hashbench.errors import BadRecord, HashbenchError, Unwritable
from hashbench.observers import NullObserver

if TYPE_CHECKING:
    from hashbench.pipeline.launch import LaunchOptions
    from hashbench.results.store import ResultsFolder

DONE_ELSEWHERE = "another process has done it"

REPORT_SECONDS = 1.0
"""Least time between two reports of the progress of a training."""


@dataclass(frozen=True)
class JobSpec:
    """A job as it is sent to a worker: one model and the retrievers to run, as plain values.

    `index` is that of its task. `arguments` are those of `RunPlan.from_specs`; `options` name the results folder.
    `runs` maps each retriever to the name of its record's file, and to when the record that is there now was created,
    or None.
    """

    index: int
    model_id: str
    arguments: Mapping[str, Any]
    options: LaunchOptions
    runs: Mapping[str, tuple[str, str | None]]

    @property
    def out(self) -> Path:
        """The results folder."""
        assert self.options.out is not None
        return Path(self.options.out)


@dataclass(frozen=True)
class JobOutcome:
    """How a job ended: "done", "busy" (another process runs it), or "failed" with the reason.

    `fatal` ends the whole grid, for instance because nothing can be written.
    """

    index: int
    status: Literal["done", "busy", "failed"]
    reason: str = ""
    seconds: float = 0.0
    fatal: bool = False


@dataclass(frozen=True)
class JobEvent:
    """What a worker reports while a job runs: the progress of the training from 0 to 1, or a note (None)."""

    index: int
    progress: float | None
    text: str


class EventQueue(Protocol):
    """Receives the events of jobs."""

    def put(self, event: JobEvent) -> None:
        """Send an event."""


def run_locked_job(job: JobSpec, events: EventQueue) -> JobOutcome:
    """Run the retrievers of a job that are missing; a lock on the model keeps other processes away from it."""
    from filelock import FileLock, Timeout

    from hashbench.results.store import ResultsFolder

    try:
        with FileLock(ResultsFolder(job.out).lock(job.model_id), timeout=0):
            return run_job(job, events)
    except Timeout:
        return JobOutcome(job.index, "busy")
    except (Unwritable, OSError) as error:
        return JobOutcome(job.index, "failed", str(error), fatal=True)


def run_job(job: JobSpec, events: EventQueue) -> JobOutcome:
    """Run the retrievers of a job that are missing; an error of any kind is the job's outcome."""
    from hashbench.pipeline.launch import launch
    from hashbench.pipeline.plan import RunPlan
    from hashbench.results.store import ResultsFolder

    started = time.perf_counter()

    def outcome(status: Literal["done", "failed"], reason: str = "", fatal: bool = False) -> JobOutcome:
        return JobOutcome(job.index, status, reason, time.perf_counter() - started, fatal)

    try:
        missing = missing_retrievers(job, ResultsFolder(job.out))
        if not missing:
            return outcome("done", DONE_ELSEWHERE)
        plan = RunPlan.from_specs(**dict(job.arguments) | {"retrievers": missing})
        launch(plan, job.options, _ProgressReporter(job.index, events))
        return outcome("done")
    except HashbenchError as error:
        return outcome("failed", str(error), isinstance(error, Unwritable))
    except (Exception, SystemExit) as error:  # a component's mistake fails its job, not the grid
        return outcome("failed", f"{type(error).__name__}: {error}")


def missing_retrievers(job: JobSpec, folder: ResultsFolder) -> list[str]:
    """Return the retrievers without a record that was written since the job was made."""
    return [retriever for retriever, (name, previous) in job.runs.items() if created(folder.path / name) == previous]


def created(file: Path) -> str | None:
    """Return when the record in a file was created; None if there is none, or none that can be read."""
    from hashbench.results.store import read_file

    try:
        return read_file(file).created
    except BadRecord:
        return None


def initialize_worker(threads: int) -> None:
    """Prepare a process of a pool: limit its threads, and let it end with the process that started it."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(threads)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class _ProgressReporter(NullObserver):
    """Reports notes, and the progress of a training once a second at most."""

    def __init__(self, index: int, events: EventQueue) -> None:
        self._index, self._events, self._last_report = index, events, 0.0

    def note(self, message: str) -> None:
        self._events.put(JobEvent(self._index, None, message))

    def stage_started(self, stage: str, n_steps: int, n_epochs: int, epochs_done: int) -> None:
        self._stage = stage
        self._n_steps, self._steps_done = n_steps * n_epochs, n_steps * epochs_done
        self._report()

    def step_finished(self, loss: float) -> None:
        self._steps_done += 1
        if time.monotonic() - self._last_report >= REPORT_SECONDS:
            self._report()

    def _report(self) -> None:
        self._last_report = time.monotonic()
        self._events.put(JobEvent(self._index, self._steps_done / self._n_steps, self._stage))
