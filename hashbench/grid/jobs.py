"""What a worker process does: one cell, unless another process is at it or has done it."""

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
    from hashbench.results.store import ResultsFolder


@dataclass(frozen=True)
class JobSpec:
    """A cell as it is sent to a worker: plain values, so that the other side needs nothing but hashbench.

    `arguments` are arguments of `hashbench.run`. `runs` maps each retriever to run to the name of its record's file, and
    to when the record that is there now was created, or None.
    """

    number: int
    model_id: str
    arguments: Mapping[str, Any]
    runs: Mapping[str, tuple[str, str | None]]
    out: Path


ELSEWHERE = "another process has done it"


@dataclass(frozen=True)
class Outcome:
    """How an order ended: "done", "busy" (another process has it), or "failed" with the reason.

    `fatal` ends the whole grid: nothing can be written, say.
    """

    number: int
    status: Literal["done", "busy", "failed"]
    reason: str = ""
    seconds: float = 0.0
    fatal: bool = False


@dataclass(frozen=True)
class Event:
    """What a worker tells meanwhile: the share of the training that is done, or a note."""

    number: int
    share: float | None
    text: str


class Mailbox(Protocol):
    """Where events are put."""

    def put(self, event: Event) -> None:
        """Send."""


def work(job: JobSpec, mailbox: Mailbox) -> Outcome:
    """Run what is not yet done of a cell, alone: a lock on the model keeps other processes of any grid away."""
    from filelock import FileLock, Timeout

    from hashbench.results.store import ResultsFolder

    try:
        with FileLock(ResultsFolder(job.out).lock(job.model_id), timeout=0):
            return run_job(job, mailbox)
    except Timeout:
        return Outcome(job.number, "busy")
    except (Unwritable, OSError) as error:
        return Outcome(job.number, "failed", str(error), fatal=True)


def run_job(job: JobSpec, mailbox: Mailbox) -> Outcome:
    """Run what is not yet done of a cell; whatever goes wrong is its outcome."""
    from hashbench.pipeline.launch import launch
    from hashbench.results.store import ResultsFolder

    started = time.perf_counter()

    def ended(status: Literal["done", "failed"], reason: str = "", fatal: bool = False) -> Outcome:
        return Outcome(job.number, status, reason, time.perf_counter() - started, fatal)

    try:
        todo = missing(job, ResultsFolder(job.out))
        if not todo:
            return ended("done", ELSEWHERE)
        arguments = dict(job.arguments) | {"retrievers": todo}
        launch(**arguments, out=job.out, reuse_model=True, observer=_Reporter(job.number, mailbox))
        return ended("done")
    except HashbenchError as error:
        return ended("failed", str(error), isinstance(error, Unwritable))
    except (Exception, SystemExit) as error:  # a component's mistake fails its cell, not the grid
        return ended("failed", f"{type(error).__name__}: {error}")


def missing(job: JobSpec, folder: ResultsFolder) -> list[str]:
    """Return the retrievers that no record has been written of since the order was made."""
    return [retriever for retriever, (file, previous) in job.runs.items() if created(folder.path / file) == previous]


def created(file: Path) -> str | None:
    """Return when the record of a file was made; None where there is none, or none that can be read."""
    from hashbench.results.store import read_file

    try:
        return read_file(file).created
    except BadRecord:
        return None


class _Reporter(NullObserver):
    """Tells the grid how a training goes, once a second at most."""

    def __init__(self, number: int, mailbox: Mailbox) -> None:
        self.number, self.mailbox, self.told = number, mailbox, 0.0

    def note(self, message: str) -> None:
        self.mailbox.put(Event(self.number, None, message))

    def stage_started(self, stage: str, n_steps: int, n_epochs: int, epochs_done: int) -> None:
        self.stage, self.epochs = stage, n_epochs
        self.steps, self.step_number = n_steps * n_epochs, n_steps * epochs_done
        self._tell(0.0)

    def step_finished(self, loss: float) -> None:
        self.step_number += 1
        self._tell(1.0)

    def _tell(self, pause: float) -> None:
        now = time.monotonic()
        if now - self.told >= pause:
            self.told = now
            self.mailbox.put(Event(self.number, self.step_number / self.steps, self.stage))


def start_worker(threads: int) -> None:
    """Prepare a process of a pool: its share of the threads, and its end with the process that started it."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(threads)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
