"""Cells on processes of this machine; one that dies takes nothing with it but its own cell."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from typing import Any

from hashbench.grid.jobs import Event, JobSpec, Outcome, start_worker, work


class LocalPool:
    """`jobs` processes with `threads` threads each, that begin when the first cell is submitted."""

    def __init__(self, jobs: int, threads: int) -> None:
        self.jobs, self.threads = jobs, threads
        self.spawned = multiprocessing.get_context("spawn")  # a fork would copy locks of numba's and torch's threads
        self.mailbox: Any = self.spawned.Queue()
        self.pool: Any = self._new_pool()
        self.running: dict[Any, int] = {}

    @property
    def free(self) -> int:
        """How many cells can begin at once."""
        return self.jobs - len(self.running)

    def submit(self, job: JobSpec) -> None:
        """Begin a cell."""
        self.running[self.pool.schedule(_work, args=[job])] = job.number

    def outcomes(self, timeout: float) -> Iterator[Outcome]:
        """Wait for cells to end, and give how they did."""
        from concurrent.futures.process import BrokenProcessPool

        from pebble import ProcessExpired

        for future in wait(self.running, timeout, FIRST_COMPLETED).done:
            number = self.running.pop(future)
            try:
                yield future.result()
            except ProcessExpired as death:
                yield Outcome(number, "failed", _death(death.exitcode))
            except BrokenProcessPool:  # a process died before it had taken its cell
                if not self.pool.active:
                    self.pool = self._new_pool()
                yield Outcome(number, "failed", "its process ended before it began, as when memory runs out")
            except Exception as error:  # what was raised could not be sent, say
                yield Outcome(number, "failed", f"{type(error).__name__}: {error}")

    def events(self) -> Iterator[Event]:
        """Give what the workers have told since."""
        while not self.mailbox.empty():
            yield self.mailbox.get()

    def close(self) -> None:
        """End the processes at once, whatever they do."""
        self.pool.stop()
        self.pool.join()

    def _new_pool(self) -> Any:
        from pebble import ProcessPool

        initargs = (self.threads, self.mailbox)
        return ProcessPool(self.jobs, initializer=_start, initargs=initargs, context=self.spawned)


_mailbox: Any = None


def _start(threads: int, mailbox: Any) -> None:
    global _mailbox
    _mailbox = mailbox
    start_worker(threads)


def _work(job: JobSpec) -> Outcome:
    return work(job, _mailbox)


def _death(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"its process ended with exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    memory = ", as when memory runs out" if name == "SIGKILL" else ""
    return f"its process was ended by {name}{memory}"
