"""Cells on the workers of a Dask cluster; what they find comes back to this process, which alone writes it."""

from __future__ import annotations

import importlib
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from hashbench.distributed.dask_client import connect
from hashbench.errors import HashbenchError, Unwritable, why
from hashbench.grid.jobs import ELSEWHERE, Event, JobSpec, Outcome, missing, run_job
from hashbench.results.atomic import atomic_write
from hashbench.results.record_json import loads
from hashbench.results.store import VALUES, ResultsFolder, succeeded
from hashbench.version import __version__

TOPIC = "hashbench"
RETRIES = 3
"""How often a cell that raised an error is begun again; how many workers may die of one is the scheduler's to say
(`distributed.scheduler.allowed-failures`)."""


@dataclass(frozen=True)
class JobResult:
    """How a cell ended on a worker, and the files it made, by their place in a results folder."""

    outcome: Outcome
    files: Mapping[str, bytes]


class DaskPool:
    """The workers of the cluster behind a scheduler's address, such as tcp://host:8786.

    `resources` are what a worker must have for a cell, such as {"GPU": 1}. Raises `HashbenchError` where no scheduler
    answers, or a worker cannot stand in for this process.
    """

    def __init__(self, address: str, folder: ResultsFolder, resources: Mapping[str, float]) -> None:
        self.client = connect(address, "--scheduler")
        self.folder, self.resources, self.wait = folder, dict(resources), importlib.import_module("distributed").wait
        self.told: deque[Event] = deque()
        self.ended: deque[Outcome] = deque()
        self.running: dict[Any, tuple[JobSpec, FileLock]] = {}
        self._check_workers()
        self.client.subscribe_topic(TOPIC, lambda event: self.told.append(Event(*event[1]["told"])))

    @property
    def free(self) -> int:
        """How many cells can begin at once: one for each thread of a worker."""
        return max(0, int(sum(self.client.nthreads().values())) - len(self.running))

    def submit(self, job: JobSpec) -> None:
        """Send a cell, unless another process is at it."""
        lock = FileLock(self.folder.lock(job.model_id), timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            self.ended.append(Outcome(job.number, "busy"))
            return
        if not missing(job, self.folder):
            lock.release()
            self.ended.append(Outcome(job.number, "done", ELSEWHERE))
            return
        options: dict[str, Any] = {"resources": self.resources} if self.resources else {}
        codes = self.folder.cache.codes(job.model_id)
        kept = codes.read_bytes() if codes.is_file() else None
        sent = self.client.submit(work_away, job, __version__, kept, pure=False, retries=RETRIES, **options)
        self.running[sent] = job, lock

    def outcomes(self, timeout: float) -> Iterator[Outcome]:
        """Wait for cells to end, write what they found, and give how they did."""
        while self.ended:
            yield self.ended.popleft()
        if self.running:
            try:
                self.wait(list(self.running), timeout=timeout, return_when="FIRST_COMPLETED")
            except TimeoutError:
                pass
            except CancelledError:
                raise _lost() from None
        for sent in [one for one in self.running if one.done()]:
            job, lock = self.running.pop(sent)
            try:
                result = sent.result()
                self._unpack(result)
                yield result.outcome
            except CancelledError:
                raise _lost() from None
            except HashbenchError as error:
                yield Outcome(job.number, "failed", str(error), fatal=True)
            except Exception as error:  # of Dask, such as KilledWorker, or of the worker's Python
                reason = (str(error).splitlines() or [""])[0]
                yield Outcome(job.number, "failed", f"{type(error).__name__}: {reason}")
            finally:
                lock.release()

    def events(self) -> Iterator[Event]:
        """Give what the workers have told since."""
        while self.told:
            yield self.told.popleft()

    def close(self) -> None:
        """Take back what has not ended; the cluster stays."""
        with suppress(Exception):
            self.client.cancel(list(self.running))
        for _, lock in self.running.values():
            lock.release()
        self.client.close()

    def _unpack(self, result: JobResult) -> None:
        """Write a record last, for it says that the rest is there."""
        records = {name: loads(content.decode()) for name, content in result.files.items() if name.endswith(".json")}
        for name, content in sorted(result.files.items(), key=lambda item: item[0].endswith(".json")):
            file = self.folder.path / name
            if name in records and records[name].status == "failed" and succeeded(file):
                continue
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                with atomic_write(file) as stream:
                    stream.write(content)
            except OSError as error:
                raise Unwritable(f"{file} cannot be written: {why(error)}") from error

    def _check_workers(self) -> None:
        workers = self.client.scheduler_info(n_workers=-1)["workers"]
        fitting = [
            one
            for one in workers.values()
            if all(one["resources"].get(n, 0) >= self.resources[n] for n in self.resources)
        ]
        if not fitting:
            wanted = ",".join(f"{name}={amount:g}" for name, amount in self.resources.items())
            having, option = (f" with {wanted}", f" --resources {wanted}") if wanted else ("", "")
            raise HashbenchError(
                f"the cluster has no worker{having}; dask worker ADDRESS --nthreads 1{option} starts one"
            )
        for worker, threads in self.client.nthreads().items():
            if threads > 1:
                raise HashbenchError(f"worker {worker} has {threads} threads for tasks; start it with --nthreads 1")


def _lost() -> HashbenchError:
    return HashbenchError("the connection to the Dask scheduler was lost; the same command goes on")


def work_away(job: JobSpec, version: str, kept: bytes | None) -> JobResult:
    """Run a cell in a folder of the worker's own, and return what it made; `kept` is its model, where there is one.

    Weights of stages stay in that folder: a cell that is begun again on this worker goes on from its checkpoint.
    """
    from distributed import get_worker

    if version != __version__:
        raise HashbenchError(f"worker {get_worker().address} has hashbench {__version__}, and the grid {version}")
    worker = get_worker()
    scratch = Path(tempfile.gettempdir()) / f"hashbench-{worker.id}".replace("/", "-").replace(":", "-")
    folder = ResultsFolder(scratch)
    codes = folder.cache.codes(job.model_id)
    if kept is not None:
        codes.parent.mkdir(parents=True, exist_ok=True)
        codes.write_bytes(kept)
    runs = {retriever: (file, None) for retriever, (file, _) in job.runs.items()}  # of records here there are none
    outcome = run_job(replace(job, out=scratch, runs=runs), _Topic(worker))
    names = [name for file, _ in job.runs.values() for name in (file, file.removesuffix(".json") + VALUES)]
    names += [] if kept is not None else [str(codes.relative_to(scratch))]
    found = {name: (scratch / name).read_bytes() for name in names if (scratch / name).is_file()}
    for name in found:
        (scratch / name).unlink()
    return JobResult(replace(outcome, fatal=False), found)  # a disk that is full there is not full here


class _Topic:
    """Sends events to whoever listens to the cluster."""

    def __init__(self, worker: Any) -> None:
        self.worker = worker

    def put(self, event: Event) -> None:
        self.worker.log_event(TOPIC, {"told": (event.number, event.share, event.text)})
