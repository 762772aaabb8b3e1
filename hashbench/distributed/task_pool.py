"""Functions run as tasks on the workers of a Dask cluster, and the events that they publish meanwhile."""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hashbench.distributed.dask_client import connect
from hashbench.errors import HashbenchError

TOPIC = "hashbench"
RETRIES = 3
"""How often a task that raised an error is run again.

How many workers may die of one task is a setting of the scheduler (`distributed.scheduler.allowed-failures`).
"""


@dataclass(frozen=True)
class FinishedTask:
    """A task that has ended: its key, and either the value that the function returned or the error."""

    key: Hashable
    value: Any = None
    error: Exception | None = None


class TaskPool:
    """Runs functions on the workers of the cluster behind a scheduler's address, such as tcp://host:8786.

    `resources` is what a worker must have for a task, such as {"GPU": 1}; `option` is the option of the command line
    that error messages name. Raises `HashbenchError` if no scheduler answers, if no worker has the resources, or if a
    worker has several threads or other versions than this process.
    """

    def __init__(self, address: str, option: str, resources: Mapping[str, float]) -> None:
        self._client = connect(address, option)
        self._wait = importlib.import_module("distributed").wait
        self._resources = dict(resources)
        self._events: deque[Any] = deque()
        self._running: dict[Any, Hashable] = {}
        self._check_workers()
        self._client.subscribe_topic(TOPIC, lambda event: self._events.append(event[1]["event"]))

    @property
    def n_free(self) -> int:
        """Number of tasks that can start at once: one for each thread of a worker."""
        return max(0, int(sum(self._client.nthreads().values())) - len(self._running))

    def submit(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Run `function(*arguments)` on a worker; `key` names the task in `finished`."""
        options: dict[str, Any] = {"resources": self._resources} if self._resources else {}
        future = self._client.submit(function, *arguments, pure=False, retries=RETRIES, **options)
        self._running[future] = key

    def finished(self, timeout: float) -> Iterator[FinishedTask]:
        """Wait up to `timeout` seconds until a task ends; yield all tasks that have ended.

        Raises `HashbenchError` if the connection to the scheduler is lost.
        """
        if not self._running:
            return
        try:
            self._wait(list(self._running), timeout=timeout, return_when="FIRST_COMPLETED")
        except TimeoutError:
            pass
        except CancelledError:
            raise _connection_lost() from None
        for future in [future for future in self._running if future.done()]:
            key = self._running.pop(future)
            try:
                task = FinishedTask(key, future.result())
            except CancelledError:
                raise _connection_lost() from None
            except Exception as error:  # from the function, or Dask's own, such as KilledWorker
                task = FinishedTask(key, error=error)
            yield task

    def events(self) -> Iterator[Any]:
        """Yield the events that tasks have published since the last call."""
        while self._events:
            yield self._events.popleft()

    def close(self) -> None:
        """Cancel the tasks that have not ended and disconnect; the cluster keeps running."""
        with suppress(Exception):
            self._client.cancel(list(self._running))
        self._client.close()

    def _check_workers(self) -> None:
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        if not any(_offers(worker["resources"], self._resources) for worker in workers.values()):
            wanted = ",".join(f"{name}={amount:g}" for name, amount in self._resources.items())
            lacking, option = (f" with {wanted}", f" --resources {wanted}") if wanted else ("", "")
            raise HashbenchError(
                f"the cluster has no worker{lacking}; dask worker ADDRESS --nthreads 1{option} starts one"
            )
        for address, threads in self._client.nthreads().items():
            if threads > 1:
                raise HashbenchError(f"worker {address} has {threads} threads for tasks; start it with --nthreads 1")


def publish(event: Any) -> None:
    """Send an event to the pool that submitted the task; called within a task. Plain values only."""
    _worker().log_event(TOPIC, {"event": event})


def worker_address() -> str:
    """Return the address of the worker that runs the calling task."""
    return str(_worker().address)


def worker_id() -> str:
    """Return the id of the worker that runs the calling task."""
    return str(_worker().id)


def _worker() -> Any:
    from distributed import get_worker

    return get_worker()


def _offers(available: Mapping[str, float], wanted: Mapping[str, float]) -> bool:
    return all(available.get(name, 0) >= amount for name, amount in wanted.items())


def _connection_lost() -> HashbenchError:
    return HashbenchError("the connection to the Dask scheduler was lost; run the same command again to continue")
