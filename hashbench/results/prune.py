"""What of a results folder is of no use."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from hashbench.results.store import VALUES, locate


def useless(folder: Path, failed: bool, damaged: bool, runs: Collection[str] = ()) -> dict[Path, str]:
    """Return files to delete, each with the reason.

    Values without a record always; damaged files, records that failed and records of `runs` with their values if asked.
    """
    placed, problems = locate([folder])
    found: dict[Path, str] = {}
    for file, record in placed:
        if record.run_id in runs:
            found[file] = f"run {record.run_id[:8]} was chosen"
        elif failed and record.status == "failed":
            found[file] = f"run {record.run_id[:8]} failed: {record.error}"
    if damaged:
        found |= {problem.file: problem.reason for problem in problems}
    for values in sorted(folder.glob(f"*{VALUES}")):
        record_file = values.with_name(values.name.removesuffix(VALUES) + ".json")
        if record_file in found:
            found[values] = f"values of {record_file.name}"
        elif not record_file.is_file():
            found[values] = "values without a record"
    return found
