"""mypy, as a test: it takes a minute without its cache, on one core, while the other core runs tests."""

import subprocess
import sys

import pytest

from .structure import ROOT

pytest.importorskip("mypy")


def test_types():
    ended = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
