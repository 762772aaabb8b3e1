"""Jobs in processes of this machine; a process that dies fails its own job and no other."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from typing import Any

from hashbench.grids.jobs import JobEvent, JobOutcome, JobSpec, initialize_worker, run_locked_job


class LocalPool:
    """`n_jobs` processes with `threads` threads each; they start when the first job is submitted."""

    def __init__(self, n_jobs: int, threads: int) -> None:
        self._n_jobs, self._threads = n_jobs, threads
        self._context = multiprocessing.get_context("spawn")  # a fork would copy locks of numba's and torch's threads
        self._events: Any = self._context.Queue()
        self._processes: Any = self._new_processes()
        self._running: dict[Any, int] = {}

    @property
    def n_free(self) -> int:
        """Number of jobs that can start at once."""
        return self._n_jobs - len(self._running)

    def submit(self, job: JobSpec) -> None:
        """Start a job."""
        self._running[self._processes.schedule(_run, args=[job])] = job.index

    def outcomes(self, timeout: float) -> Iterator[JobOutcome]:
        """Wait up to `timeout` seconds until a job ends; yield the outcomes of all that have ended."""
        from concurrent.futures.process import BrokenProcessPool

        from pebble import ProcessExpired

        for future in wait(self._running, timeout, FIRST_COMPLETED).done:
            index = self._running.pop(future)
            try:
                yield future.result()
            except ProcessExpired as error:
                yield JobOutcome(index, "failed", _exit_reason(error.exitcode))
            except BrokenProcessPool:  # a process died before it had received its job
                if not self._processes.active:
                    self._processes = self._new_processes()
                yield JobOutcome(index, "failed", "its process ended before it began, as when memory runs out")
            except Exception as error:  # for instance, the error of a job could not be pickled
                yield JobOutcome(index, "failed", f"{type(error).__name__}: {error}")

    def events(self) -> Iterator[JobEvent]:
        """Yield what the processes have reported since the last call."""
        while not self._events.empty():
            yield self._events.get()

    def close(self) -> None:
        """End the processes at once, also those that run a job."""
        self._processes.stop()
        self._processes.join()

    def _new_processes(self) -> Any:
        from pebble import ProcessPool

        initargs = (self._threads, self._events)
        return ProcessPool(self._n_jobs, initializer=_initialize, initargs=initargs, context=self._context)


_events: Any = None
"""The queue of events, in each process of the pool."""


def _initialize(threads: int, events: Any) -> None:
    global _events
    _events = events
    initialize_worker(threads)


def _run(job: JobSpec) -> JobOutcome:
    return run_locked_job(job, _events)


def _exit_reason(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"its process ended with exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    memory = ", as when memory runs out" if name == "SIGKILL" else ""
    return f"its process was ended by {name}{memory}"
