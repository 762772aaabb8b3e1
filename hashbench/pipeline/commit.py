"""The commit that the running code is of."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


@cache
def commit() -> str | None:
    """Return the commit of the running code, followed by + where files of the package differ from it.

    It is what it was at the first call, which should come before the work. An installation from a repository has it in
    its metadata (PEP 610); a checkout tells it. Of a release, which its version names, there is None.
    """
    return of_folder(Path(__file__).parent) or _installed()


def of_folder(package: Path) -> str | None:
    """Return the commit of a folder of a checkout; None where it lies in none, or is not part of it."""
    head, known = _git(package, "rev-parse", "HEAD"), _git(package, "ls-files", "--", "__init__.py")
    if not head or not known:
        return None
    return head + ("+" if _git(package, "status", "--porcelain", "--untracked-files=normal", "--", ".") else "")


def _git(folder: Path, *words: str) -> str:
    """Ask git, which is to write nothing, of the repository that the folder lies in, whatever the environment names."""
    command = ["git", "--no-optional-locks", *words]
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _installed() -> str | None:
    try:
        origin = json.loads(distribution("hashbench").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return None
    found: str | None = origin.get("vcs_info", {}).get("commit_id")
    return found
