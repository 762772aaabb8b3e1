"""Commands as processes that are forks of one server, which has imported torch: each starts in a moment."""

import itertools
import multiprocessing
import os
import subprocess
import sys
import types
from pathlib import Path

from .process import listen_to_ctrl_c

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)  # the processes import this module

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["pytest", "hashbench.cli", "hashbench.grids.run", "hashbench.tuning.trials"])
_numbers = itertools.count()


class ForkedCommand:
    """A command of hashbench that runs, the leader of a process group; its workers belong to the group.

    Its output goes to files in `folder`. `prepare` is called in the process before the command.
    """

    def __init__(self, arguments, folder, cwd=None, environment=None, prepare=None):
        self.args = list(map(str, arguments))
        number = next(_numbers)
        self._files = [folder / f"{number}.{stream}" for stream in ("stdout", "stderr")]
        arguments = (self.args, self._files, cwd, environment or {}, prepare)
        self._process = _server.Process(target=_run, args=arguments)
        self._process.start()
        self.pid = self._process.pid

    @property
    def returncode(self):
        return self._process.exitcode

    def poll(self):
        return self._process.exitcode

    def output(self):
        """Return what it has written to standard output and to standard error."""
        return tuple(file.read_text() if file.exists() else "" for file in self._files)

    def communicate(self, timeout=300):
        """Wait for the end; return the text of standard output and of standard error."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, f"{self.args} has not ended"
        return self.output()

    def completed(self):
        """Wait for the end, and return what `subprocess.run` would."""
        stdout, stderr = self.communicate()
        return subprocess.CompletedProcess(self.args, self.returncode, stdout, stderr)


def _run(arguments, files, cwd, environment, prepare):
    os.setsid()
    listen_to_ctrl_c()
    for descriptor, file in zip((1, 2), files, strict=True):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    if cwd is not None:
        os.chdir(cwd)
    os.environ.update(environment)
    sys.modules["__main__"] = types.ModuleType("__main__")  # workers shall not import pytest's
    if prepare is not None:
        prepare()
    from hashbench.cli import main

    sys.argv = ["hashbench", *arguments]
    main()
