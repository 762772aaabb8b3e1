"""What of a results folder is of no use."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from hashbench.results import per_user
from hashbench.results.store import ABANDONED, locate

SPARED = ("is newer than", "cannot be read")
"""What is said of files that are not damaged: a later hashbench reads them, or someone who may."""


def useless(folder: Path, failed: bool, damaged: bool, runs: Collection[str] = ()) -> dict[Path, str]:
    """Return files to delete, each with the reason.

    Values without a record always, unless they are so new that it may still come; damaged files, records that failed
    and records of `runs`, with their values, if asked.
    """
    placed, problems = locate([folder])
    found: dict[Path, str] = {}
    for file, record in placed:
        if record.run_id in runs:
            found[file] = f"run {record.run_id[:8]} was chosen"
        elif failed and record.status == "failed":
            found[file] = f"run {record.run_id[:8]} failed: {record.error}"
    if damaged:
        found |= {one.file: one.reason for one in problems if not any(text in one.reason for text in SPARED)}
    for values in sorted(folder.glob(f"*{per_user.SUFFIX}")):
        record_file = values.with_name(values.name.removesuffix(per_user.SUFFIX) + ".json")
        if record_file in found:
            found[values] = f"values of {record_file.name}"
        elif not record_file.is_file() and time.time() - values.stat().st_mtime > ABANDONED:
            found[values] = "values without a record"
    return found
