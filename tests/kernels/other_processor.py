"""Runs the tests of a kernel again, in a process that compiles for another processor."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest


def passes_without_avx_512(chosen, *files):
    """Run the tests in `files` whose names match `chosen`, compiled for a processor of 2013."""
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("the processors named are x86-64")
    paths = [str(Path(__file__).parent / file) for file in files]
    process = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *paths, "-k", chosen, "-p", "no:cacheprovider", "--no-cov"],
        capture_output=True,
        text=True,
        env=os.environ | {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ""},
    )
    assert process.returncode == 0, process.stdout
    assert "passed" in process.stdout
