"""The command line in the process of the tests: quicker than a process of its own, and the same code from `main` on."""

import contextlib
import io
import signal
from dataclasses import dataclass

from hashbench.cli import main


@dataclass(frozen=True)
class Outcome:
    returncode: int
    stdout: str
    stderr: str


def hashbench(*arguments, cwd="."):
    """Run hashbench with these arguments, in that folder."""
    stdout, stderr = io.StringIO(), io.StringIO()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with contextlib.chdir(cwd), contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            main([str(argument) for argument in arguments])
    except SystemExit as ended:
        return Outcome(int(ended.code or 0), stdout.getvalue(), stderr.getvalue())
    finally:
        signal.signal(signal.SIGTERM, handler)
    raise AssertionError("main always exits")
