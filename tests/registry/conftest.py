"""Packages made for one test, found by real processes on their PYTHONPATH."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


class Site:
    """A folder of installed packages."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def install(self, name: str, code: str) -> None:
        """Install a package of one module whose entry point is the module itself."""
        (self.path / f"{name}.py").write_text(code)
        info = self.path / f"{name}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[hashbench]\n{name} = {name}\n")

    def hashbench(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run hashbench where these packages are installed."""
        path = filter(None, [os.environ.get("PYTHONPATH")])
        return subprocess.run(
            [sys.executable, "-m", "hashbench", *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(self.path), *path])} | environment,
        )


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.fixture(scope="module")
def new_site(tmp_path_factory):
    """Makes sites that the tests of a module share."""
    return lambda: Site(tmp_path_factory.mktemp("site"))
