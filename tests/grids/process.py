"""Grids as processes of their own, on data small enough for a moment, and what their records hold."""

import os
import signal
import subprocess
import sys
from queue import SimpleQueue

from hashbench.grids.jobs import run_locked_job
from hashbench.results.store import ResultsFolder

from ..cli.forked import ForkedCommand
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


def start(file, out, *options, inline=False, **environment):
    """Start a grid in a process group of its own, so that a kill of the group ends its workers too.

    With `inline` it has no workers and runs the jobs itself, which saves the start of a worker.
    """
    arguments = ("grid", file, "--out", out, *options)
    prepare = run_jobs_inline if inline else None
    return ForkedCommand(arguments, out.parent, environment=environment, prepare=prepare)


def grid(file, out, *options, inline=False, **environment):
    """Run a grid to its end."""
    return start(file, out, *options, inline=inline, **environment).completed()


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
    """Kill a process and its group; return whether it was still running."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:  # it has ended meanwhile
        return False
    process.communicate()
    return True


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


def run_jobs_inline():
    """Let grids of this process run their jobs in this process."""
    import hashbench.grids.run

    hashbench.grids.run.LocalPool = InlinePool


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
