"""Files of a results folder that can be deleted."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from hashbench.results import per_user
from hashbench.results.store import ABANDONED, locate

SPARED = ("is newer than", "cannot be read")
"""Reasons of files that are not damaged: a later hashbench, or a user with the permission, can read them."""


def prunable(folder: Path, failed: bool, damaged: bool, runs: Collection[str] = ()) -> dict[Path, str]:
    """Return files to delete, each with the reason.

    Values without a record are always among them, unless they are so new that their record may still be written.
    Damaged files, failed records and the records of `runs` are included on request, with their values.
    """
    located, problems = locate([folder])
    reasons: dict[Path, str] = {}
    for file, record in located:
        if record.run_id in runs:
            reasons[file] = f"run {record.run_id[:8]} was chosen"
        elif failed and record.status == "failed":
            reasons[file] = f"run {record.run_id[:8]} failed: {record.error}"
    if damaged:
        reasons |= {
            problem.file: problem.reason for problem in problems if not any(text in problem.reason for text in SPARED)
        }
    for values in sorted(folder.glob(f"*{per_user.SUFFIX}")):
        record_file = values.with_name(values.name.removesuffix(per_user.SUFFIX) + ".json")
        if record_file in reasons:
            reasons[values] = f"values of {record_file.name}"
        elif not record_file.is_file() and time.time() - values.stat().st_mtime > ABANDONED:
            reasons[values] = "values without a record"
    return reasons
