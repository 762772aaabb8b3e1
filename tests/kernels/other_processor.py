"""Tests of a kernel again, in a process of their own that compiles for another processor."""

import os
import platform
import subprocess
import sys

import pytest


def passes_without_avx_512(file, chosen):
    """Run the tests of a file whose names match, compiled for a processor of 2013."""
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("the processors named are x86-64")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", file, "-k", chosen, "-p", "no:cacheprovider", "--no-cov"],
        capture_output=True,
        text=True,
        env=os.environ | {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ""},
    )
    assert ended.returncode == 0, ended.stdout
    assert "passed" in ended.stdout
