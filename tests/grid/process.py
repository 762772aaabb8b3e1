"""Grids as processes of their own, on data small enough for a moment, and what their records hold."""

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
from queue import SimpleQueue

from hashbench.grid.jobs import run_locked_job
from hashbench.results.store import ResultsFolder

from ..cli.process import listen_to_ctrl_c

TINY = "synthetic:users=60,items=80,interactions=1500"
GRID = f"""
[axes]
dataset = "{TINY}"
encoder = ["mf:dim=8", "lightgcn:dim=8"]
head = ["continuous", "lsh:bits=8", "guided_ste:bits=8"]
seed = [0, 1]

[training]
epochs = 20
batch_size = 64
patience = 1000

[search]
k = [5, 10]
"""
N_MODELS, N_RUNS = 12, 28

_server = multiprocessing.get_context("forkserver")  # imports torch once; each process of a test is a fork of it
_numbers = itertools.count()
_server.set_forkserver_preload(["hashbench.cli", "hashbench.grid.run"])


class GridProcess:
    """A `hashbench grid` that runs, the leader of a process group; its workers belong to the group.

    With `inline` it has no workers and runs the jobs itself, which saves the start of a worker.
    """

    def __init__(self, arguments, folder, environment, inline):
        number = next(_numbers)
        self._files = [folder / f"{number}.{stream}" for stream in ("stdout", "stderr")]
        target = (arguments, environment, self._files, inline)
        self._process = _server.Process(target=_run_command, args=target)
        self._process.start()
        self.pid = self._process.pid
        self.args = arguments

    @property
    def returncode(self):
        return self._process.exitcode

    def poll(self):
        return self._process.exitcode

    def communicate(self, timeout=300):
        """Wait for the end; return the text of standard output and of standard error."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, f"{self.args} has not ended"
        return tuple(file.read_text() if file.exists() else "" for file in self._files)


def start(file, out, *options, inline=False, **environment):
    """Start a grid in a process group of its own, so that a kill of the group ends its workers too."""
    arguments = ["grid", str(file), "--out", str(out), *map(str, options)]
    return GridProcess(arguments, out.parent, environment, inline)


def grid(file, out, *options, inline=False, **environment):
    """Run a grid to its end."""
    process = start(file, out, *options, inline=inline, **environment)
    stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def start_python(file, out, *options, **environment):
    """Start a grid in a Python interpreter of its own, which has imported nothing."""
    return subprocess.Popen(
        [sys.executable, "-m", "hashbench", "grid", str(file), "--out", str(out), *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=listen_to_ctrl_c,
        env=os.environ | environment,
    )


def kill(process):
    """Kill a process and its group."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def outcomes(out):
    """All that records hold of quality and training, by run id; times are left out."""
    records, problems = ResultsFolder(out).read_all()
    assert not problems
    return {
        record.run_id: (
            record.status,
            record.error,
            record.metrics,
            record.ties,
            [(stage.stage, stage.best_epoch, stage.stopped, stage.history) for stage in record.training],
        )
        for record in records
    }


class InlinePool:
    """Runs each job in this process when it is submitted."""

    n_free = 1

    def __init__(self, n_jobs, threads):
        self._events, self._outcomes = SimpleQueue(), []

    def submit(self, job):
        self._outcomes.append(run_locked_job(job, self._events))

    def outcomes(self, timeout):
        ended, self._outcomes = self._outcomes, []
        yield from ended

    def events(self):
        while not self._events.empty():
            yield self._events.get()

    def close(self):
        pass


def _run_command(arguments, environment, files, inline):
    os.setsid()
    listen_to_ctrl_c()
    for descriptor, file in zip((1, 2), files, strict=True):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    os.environ.update(environment)
    from hashbench.cli import main

    if inline:
        import hashbench.grid.run

        hashbench.grid.run.LocalPool = InlinePool
    sys.argv = ["hashbench", *arguments]
    main()
