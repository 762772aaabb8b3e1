"""Grids as processes of their own, on data small enough for a moment, and what their records say."""

import os
import subprocess
import sys

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
epochs = EPOCHS
batch_size = 64
patience = 1000

[search]
k = [5, 10]
"""


def start(file, out, *options, **environment):
    """Begin a grid in a process group of its own, so that a kill takes its workers along."""
    return subprocess.Popen(
        [sys.executable, "-m", "hashbench", "grid", str(file), "--out", str(out), *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=listen_to_ctrl_c,
        env=os.environ | environment,
    )


def grid(file, out, *options, **environment):
    process = start(file, out, *options, **environment)
    stdout, stderr = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def outcomes(out):
    """All that records say of quality and training, by run id; times are left out."""
    records, problems = ResultsFolder(out).read_all()
    assert not problems
    return {
        record.run_id: (
            record.status,
            record.error,
            record.metrics,
            record.ties,
            [(one.stage, one.best_epoch, one.stopped, one.history) for one in record.training],
        )
        for record in records
    }
