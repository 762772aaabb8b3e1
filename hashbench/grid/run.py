"""Runs what is left of a grid, cell by cell, on whatever has room."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from hashbench.errors import RunFailed, Unwritable
from hashbench.grid.experiment import Budget
from hashbench.grid.jobs import Event, JobSpec, Outcome, missing
from hashbench.grid.status import Task
from hashbench.results.store import ResultsFolder, read_file
from hashbench.spec import canonical

PAUSE = 0.2
"""Seconds between looks at what workers tell."""

RETRY_SECONDS = 3.0
"""Seconds until a cell is tried again that another process is at."""


class Executor(Protocol):
    """Where cells are run."""

    @property
    def free(self) -> int:
        """How many cells can begin at once."""

    def submit(self, job: JobSpec) -> None:
        """Begin a cell."""

    def outcomes(self, timeout: float) -> Iterator[Outcome]:
        """Wait for cells to end, and give how they did."""

    def events(self) -> Iterator[Event]:
        """Give what the workers have told since."""

    def close(self) -> None:
        """End all of it."""


class GridObserver(Protocol):
    """Learns how a grid goes."""

    def begin(self, task: Task) -> None:
        """A cell begins."""

    def event(self, task: Task, event: Event) -> None:
        """A worker tells something."""

    def end(self, task: Task, outcome: Outcome) -> None:
        """A cell has ended."""

    def wait(self, task: Task) -> None:
        """Another process is at a cell."""


@dataclass
class Result:
    """Cells done, cells failed with the reason, and those that the budget left."""

    done: list[Task] = field(default_factory=list)
    failed: list[tuple[Task, str]] = field(default_factory=list)
    left: list[Task] = field(default_factory=list)


def run_tasks(
    tasks: Sequence[Task],
    folder: ResultsFolder,
    executor: Executor,
    observer: GridObserver,
    budget: Budget,
    clock: Callable[[], float] = time.monotonic,
) -> Result:
    """Run tasks until all have ended or the budget is spent; raises `Unwritable` where no record can be written."""
    return _Runner(list(tasks), folder, executor, observer, budget, clock).run()


class _Runner:
    def __init__(
        self,
        tasks: list[Task],
        folder: ResultsFolder,
        executor: Executor,
        observer: GridObserver,
        budget: Budget,
        clock: Callable[[], float],
    ) -> None:
        self.folder, self.executor, self.observer, self.budget, self.clock = folder, executor, observer, budget, clock
        self.pending = tasks
        self.later: dict[int, float] = {}
        self.running: dict[int, tuple[Task, JobSpec]] = {}
        self.result = Result()
        self.started, self.models = clock(), 0

    def run(self) -> Result:
        while self.pending or self.running:
            while self.executor.free > 0 and (task := self._next()) is not None:
                self._begin(task)
            if not self.running and self._spent:
                self.result.left = self.pending
                return self.result
            for outcome in self._wait():
                self._end(outcome)
            for event in self.executor.events():
                if event.number in self.running:
                    self.observer.event(self.running[event.number][0], event)
        return self.result

    @property
    def _spent(self) -> bool:
        hours, models = self.budget.hours, self.budget.models
        late = hours is not None and self.clock() - self.started > 3600 * hours
        return late or (models is not None and self.models >= models)

    def _next(self) -> Task | None:
        """Choose a cell: none whose first stage another one is training at the moment, nor one tried just now."""
        training = {task.training for task, _ in self.running.values()} - {None}
        for place, task in enumerate(self.pending):
            if task.training in training or self.later.get(task.number, 0.0) > self.clock():
                continue
            if not task.kept and self._spent:
                continue
            return self.pending.pop(place)
        return None

    def _begin(self, task: Task) -> None:
        self.models += not task.kept
        job = job_spec(task, self.folder)
        self.running[task.number] = task, job
        if task.number not in self.later:
            self.observer.begin(task)
        self.executor.submit(job)

    def _wait(self) -> Iterator[Outcome]:
        if self.running:
            yield from self.executor.outcomes(PAUSE)
        else:
            time.sleep(PAUSE)

    def _end(self, outcome: Outcome) -> None:
        task, job = self.running.pop(outcome.number)
        if outcome.status == "busy":
            if task.number not in self.later:
                self.observer.wait(task)
            self.later[task.number] = self.clock() + RETRY_SECONDS
            self.models -= not task.kept
            self.pending.append(task)
            return
        if outcome.fatal:
            raise Unwritable(outcome.reason)
        if outcome.status == "done":
            outcome = self._checked(job, outcome)
        if outcome.status == "failed":
            self._record_failure(task, job, outcome.reason)
            self.result.failed.append((task, outcome.reason))
        else:
            self.result.done.append(task)
        self.observer.end(task, outcome)

    def _checked(self, job: JobSpec, outcome: Outcome) -> Outcome:
        """Hold "done" against the records: each must be there, and be no failure that another process met."""
        if unrecorded := missing(job, self.folder):
            reason = f"it was run, but no record came of {', '.join(unrecorded)}: its data may differ from that here"
            return replace(outcome, status="failed", reason=reason)
        for file, _ in job.runs.values():
            record = read_file(self.folder.path / file)
            if record.status == "failed":
                return replace(outcome, status="failed", reason=str(record.error))
        return outcome

    def _record_failure(self, task: Task, job: JobSpec, reason: str) -> None:
        unrecorded = missing(job, self.folder)
        for retriever in task.previous:
            if canonical(retriever) in unrecorded:
                task.recorder.fail(retriever, RunFailed(reason))


def job_spec(task: Task, folder: ResultsFolder) -> JobSpec:
    """Write down what a worker has to know of a task."""
    execution = task.recorder.execution
    arguments = dict(task.cell.arguments)
    arguments |= {"k": arguments.pop("ks"), **arguments.pop("training")}
    arguments |= {
        "device": execution.ctx.device,
        "threads": execution.ctx.threads,
        "data_dir": execution.load.data_dir,
        "skip_bad_rows": execution.load.skip_bad_rows,
    }
    runs = {
        canonical(retriever): (folder.file(task.recorder.record(retriever)).name, previous)
        for retriever, previous in task.previous.items()
    }
    return JobSpec(task.number, task.recorder.model_id, arguments, runs, folder.path)
