"""Jobs on the workers of a Dask cluster; this process alone writes their files into the results folder."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from hashbench.distributed.task_pool import FinishedTask, TaskPool, publish, worker_address, worker_id
from hashbench.errors import HashbenchError, Unwritable, why
from hashbench.grids.jobs import DONE_ELSEWHERE, JobEvent, JobOutcome, JobSpec, missing_retrievers, run_job
from hashbench.results import per_user
from hashbench.results.atomic import atomic_write
from hashbench.results.record_json import loads
from hashbench.results.store import ResultsFolder, succeeded
from hashbench.version import __version__


@dataclass(frozen=True)
class JobResult:
    """How a job ended on a worker, and the files it made: content by path relative to the results folder."""

    outcome: JobOutcome
    files: Mapping[str, bytes]


class DaskPool:
    """The workers of the cluster behind a scheduler's address, such as tcp://host:8786.

    `resources` is what a worker must have for a job, such as {"GPU": 1}. Raises `HashbenchError` if no scheduler
    answers, or if a worker cannot stand in for this process.
    """

    def __init__(self, address: str, folder: ResultsFolder, resources: Mapping[str, float]) -> None:
        self._tasks = TaskPool(address, "--scheduler", resources)
        self._folder = folder
        self._not_sent: deque[JobOutcome] = deque()
        self._locks: dict[int, FileLock] = {}

    @property
    def n_free(self) -> int:
        """Number of jobs that can start at once."""
        return self._tasks.n_free

    def submit(self, job: JobSpec) -> None:
        """Send a job to a worker, unless another process runs it or has done it."""
        lock = FileLock(self._folder.lock(job.model_id), timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            self._not_sent.append(JobOutcome(job.index, "busy"))
            return
        if not missing_retrievers(job, self._folder):
            lock.release()
            self._not_sent.append(JobOutcome(job.index, "done", DONE_ELSEWHERE))
            return
        model = self._folder.cache.codes(job.model_id)
        content = model.read_bytes() if model.is_file() else None
        self._tasks.submit(job.index, run_on_worker, job, __version__, content)
        self._locks[job.index] = lock

    def outcomes(self, timeout: float) -> Iterator[JobOutcome]:
        """Wait up to `timeout` seconds until a job ends; write the files of those that ended, yield outcomes."""
        while self._not_sent:
            yield self._not_sent.popleft()
        for task in self._tasks.finished(timeout):
            assert isinstance(task.key, int)
            lock = self._locks.pop(task.key)
            try:
                yield self._collect(task, task.key)
            finally:
                lock.release()

    def events(self) -> Iterator[JobEvent]:
        """Yield what the workers have reported since the last call."""
        for event in self._tasks.events():
            yield JobEvent(*event)

    def close(self) -> None:
        """Cancel the jobs that have not ended; the cluster keeps running."""
        self._tasks.close()
        for lock in self._locks.values():
            lock.release()

    def _collect(self, task: FinishedTask, index: int) -> JobOutcome:
        """Write the files of a job that has ended; an error of any kind is its outcome."""
        if isinstance(task.error, HashbenchError):
            return JobOutcome(index, "failed", str(task.error), fatal=True)
        if task.error is not None:  # from Dask, such as KilledWorker, or from the worker's Python
            reason = (str(task.error).splitlines() or [""])[0]
            return JobOutcome(index, "failed", f"{type(task.error).__name__}: {reason}")
        result: JobResult = task.value
        try:
            self._write_files(result.files)
        except HashbenchError as error:
            return JobOutcome(index, "failed", str(error), fatal=True)
        return result.outcome

    def _write_files(self, files: Mapping[str, bytes]) -> None:
        """Write the records last: a record says that the other files of its run are there."""
        records = {name: loads(content.decode()) for name, content in files.items() if name.endswith(".json")}
        for name, content in sorted(files.items(), key=lambda item: item[0].endswith(".json")):
            file = self._folder.path / name
            if name in records and records[name].status == "failed" and succeeded(file):
                continue
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                with atomic_write(file) as stream:
                    stream.write(content)
            except OSError as error:
                raise Unwritable(f"{file} cannot be written: {why(error)}") from error


def run_on_worker(job: JobSpec, version: str, model: bytes | None) -> JobResult:
    """Run a job in a folder of the worker and return the files it made.

    `version` is that of the process that sent the job, `model` the content of the cached model's file, if there is one.
    Checkpoints stay in the worker's folder: a job that starts again on this worker resumes from them.
    """
    if version != __version__:
        raise HashbenchError(f"worker {worker_address()} has hashbench {__version__}, and the grid {version}")
    scratch = Path(tempfile.gettempdir()) / f"hashbench-{worker_id()}".replace("/", "-").replace(":", "-")
    cached = ResultsFolder(scratch).cache.codes(job.model_id)
    if model is not None:
        cached.parent.mkdir(parents=True, exist_ok=True)
        cached.write_bytes(model)
    runs = {retriever: (name, None) for retriever, (name, _) in job.runs.items()}  # the worker's folder has no records
    outcome = run_job(replace(job, options=replace(job.options, out=scratch), runs=runs), _PublishedEvents())
    names = [
        name for record, _ in job.runs.values() for name in (record, record.removesuffix(".json") + per_user.SUFFIX)
    ]
    if model is None:
        names.append(str(cached.relative_to(scratch)))
    files = {name: (scratch / name).read_bytes() for name in names if (scratch / name).is_file()}
    for name in files:
        (scratch / name).unlink()
    return JobResult(replace(outcome, fatal=False), files)  # a full disk of the worker does not end the grid


class _PublishedEvents:
    """Publishes a job's events to the process that sent the job."""

    def put(self, event: JobEvent) -> None:
        publish((event.index, event.progress, event.text))
