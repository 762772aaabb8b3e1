"""hashbench as a process of its own, on a data set small enough for a second. See also `in_process`."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

TINY = "synthetic:users=60,items=50,interactions=900"
RUN = ["run", "--encoder", "mf:dim=8", "--head", "lsh:bits=16", "--dataset", TINY, "--epochs", "1", "--k", "5"]


def hashbench(*arguments, cwd=None, **environment):
    """Run a command: in a fork that has imported torch already, or with an environment in a new interpreter."""
    if environment:
        return subprocess.run(
            [sys.executable, "-m", "hashbench", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=cwd,
            env=os.environ | environment,
        )
    from .forked import ForkedCommand

    with tempfile.TemporaryDirectory() as folder:
        return ForkedCommand(arguments, Path(folder), cwd=cwd).completed()


def listen_to_ctrl_c():
    """Undo what a shell does to the programs it starts in the background: there SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
