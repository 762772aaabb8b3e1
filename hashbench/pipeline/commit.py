"""The commit of the running code."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


@cache
def commit() -> str | None:
    """Return the commit of the running code, followed by "+" if files of the package differ from it.

    The first call decides, so it should come before the work. In a checkout git tells the commit; an installation from
    a repository has it in its metadata (PEP 610). A release has none, because its version identifies it.
    """
    return of_folder(Path(__file__).parent) or _installed()


def of_folder(package: Path) -> str | None:
    """Return the commit of a folder in a checkout; None if it is in no checkout, or git does not track it."""
    head, tracked = _git(package, "rev-parse", "HEAD"), _git(package, "ls-files", "--", "__init__.py")
    if not head or not tracked:
        return None
    return head + ("+" if _git(package, "status", "--porcelain", "--untracked-files=normal", "--", ".") else "")


def _git(folder: Path, *words: str) -> str:
    """Return what git answers about the repository of a folder; it writes nothing and ignores GIT_ variables."""
    command = ["git", "--no-optional-locks", *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        process = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return process.stdout.strip() if process.returncode == 0 else ""


def _installed() -> str | None:
    try:
        origin = json.loads(distribution("hashbench").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return None
    commit_id: str | None = origin.get("vcs_info", {}).get("commit_id")
    return commit_id
