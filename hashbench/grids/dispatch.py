"""Gives the tasks of a grid to a pool of workers until all have ended or the budget is spent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from hashbench.errors import RunFailed, Unwritable
from hashbench.grids.experiment import Budget
from hashbench.grids.jobs import JobEvent, JobOutcome, JobSpec, missing_retrievers
from hashbench.grids.status import GridTask
from hashbench.pipeline.launch import LaunchOptions
from hashbench.results.store import ResultsFolder, read_file
from hashbench.spec import canonical

POLL_SECONDS = 0.2
"""Longest wait for an outcome before the events of workers are read."""

RETRY_SECONDS = 3.0
"""Time until a task is tried again that another process works on."""


class JobPool(Protocol):
    """Where jobs run."""

    @property
    def n_free(self) -> int:
        """Number of jobs that can start at once."""

    def submit(self, job: JobSpec) -> None:
        """Start a job."""

    def outcomes(self, timeout: float) -> Iterator[JobOutcome]:
        """Wait up to `timeout` seconds until a job ends; yield the outcomes of all that have ended."""

    def events(self) -> Iterator[JobEvent]:
        """Yield what the workers have reported since the last call."""

    def close(self) -> None:
        """End the jobs that still run, and the pool."""


class TaskObserver(Protocol):
    """Receives the events of a grid's tasks."""

    def task_started(self, task: GridTask) -> None:
        """Receive that a task starts."""

    def task_reported(self, task: GridTask, event: JobEvent) -> None:
        """Receive the progress or a note of a task that runs."""

    def task_waits(self, task: GridTask) -> None:
        """Receive that another process works on a task."""

    def task_finished(self, task: GridTask, outcome: JobOutcome) -> None:
        """Receive how a task ended."""


@dataclass
class Dispatched:
    """The tasks that are done, those that failed with the reason, and those that the budget left."""

    done: list[GridTask] = field(default_factory=list)
    failed: list[tuple[GridTask, str]] = field(default_factory=list)
    remaining: list[GridTask] = field(default_factory=list)


class Dispatcher:
    """Runs tasks on a pool; `result` holds what has ended so far."""

    def __init__(
        self,
        folder: ResultsFolder,
        pool: JobPool,
        observer: TaskObserver,
        budget: Budget,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.result = Dispatched()
        self._folder, self._pool, self._observer, self._budget, self._clock = folder, pool, observer, budget, clock
        self._pending: list[GridTask] = []
        self._running: dict[int, tuple[GridTask, JobSpec]] = {}
        self._retry_times: dict[int, float] = {}
        self._started, self._n_models = clock(), 0

    def run(self, tasks: Sequence[GridTask]) -> Dispatched:
        """Run tasks until all have ended or the budget is spent; raises `Unwritable` if no record can be written."""
        self._pending = list(tasks)
        while self._pending or self._running:
            while self._pool.n_free > 0 and (task := self._next_task()) is not None:
                self._start(task)
            if not self._running and self._budget_is_spent:
                self.result.remaining = self._pending
                return self.result
            for outcome in self._outcomes():
                self._finish(outcome)
            for event in self._pool.events():
                if event.index in self._running:
                    self._observer.task_reported(self._running[event.index][0], event)
        return self.result

    @property
    def _budget_is_spent(self) -> bool:
        hours, models = self._budget.hours, self._budget.models
        late = hours is not None and self._clock() - self._started > 3600 * hours
        return late or (models is not None and self._n_models >= models)

    def _next_task(self) -> GridTask | None:
        """Take a pending task, but none that waits for its retry, and none whose first stage another task trains."""
        stages = {task.shared_stage for task, _ in self._running.values()} - {None}
        for position, task in enumerate(self._pending):
            if task.shared_stage in stages or self._retry_times.get(task.index, 0.0) > self._clock():
                continue
            if not task.cached and self._budget_is_spent:
                continue
            return self._pending.pop(position)
        return None

    def _start(self, task: GridTask) -> None:
        self._n_models += not task.cached
        job = job_spec(task, self._folder)
        self._running[task.index] = task, job
        if task.index not in self._retry_times:
            self._observer.task_started(task)
        self._pool.submit(job)

    def _outcomes(self) -> Iterator[JobOutcome]:
        if self._running:
            yield from self._pool.outcomes(POLL_SECONDS)
        else:
            time.sleep(POLL_SECONDS)

    def _finish(self, outcome: JobOutcome) -> None:
        task, job = self._running.pop(outcome.index)
        if outcome.status == "busy":
            self._retry_later(task)
            return
        if outcome.fatal:
            raise Unwritable(outcome.reason)
        if outcome.status == "done":
            outcome = self._verified(job, outcome)
        if outcome.status == "failed":
            self._record_failure(task, job, outcome.reason)
            self.result.failed.append((task, outcome.reason))
        else:
            self.result.done.append(task)
        self._observer.task_finished(task, outcome)

    def _retry_later(self, task: GridTask) -> None:
        if task.index not in self._retry_times:
            self._observer.task_waits(task)
        self._retry_times[task.index] = self._clock() + RETRY_SECONDS
        self._n_models -= not task.cached
        self._pending.append(task)

    def _verified(self, job: JobSpec, outcome: JobOutcome) -> JobOutcome:
        """Check "done" against the records: each must exist, and none may be a failure of another process."""
        if missing := missing_retrievers(job, self._folder):
            reason = f"it was run, but there is no record of {', '.join(missing)}: its data may differ from that here"
            return replace(outcome, status="failed", reason=reason)
        for name, _ in job.runs.values():
            record = read_file(self._folder.path / name)
            if record.status == "failed":
                return replace(outcome, status="failed", reason=str(record.error))
        return outcome

    def _record_failure(self, task: GridTask, job: JobSpec, reason: str) -> None:
        missing = missing_retrievers(job, self._folder)
        for retriever in task.previous:
            if canonical(retriever) in missing:
                task.recorder.record_failure(retriever, RunFailed(reason))


def job_spec(task: GridTask, folder: ResultsFolder) -> JobSpec:
    """Return what a worker must know of a task."""
    execution = task.recorder.execution
    options = LaunchOptions(
        device=execution.ctx.device,
        threads=execution.ctx.threads,
        data_dir=execution.load.data_dir,
        skip_bad_rows=execution.load.skip_bad_rows,
        out=folder.path,
        reuse_model=True,
    )
    runs = {
        canonical(retriever): (folder.file(task.recorder.planned(retriever)).name, previous)
        for retriever, previous in task.previous.items()
    }
    return JobSpec(task.index, task.recorder.model_id, task.cell.arguments, options, runs)
