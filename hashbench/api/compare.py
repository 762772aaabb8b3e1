"""`hashbench.compare`: records as tables, from Python."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import BadParameter
from hashbench.reporting.compare import Comparison, ComparisonOptions, compare_records
from hashbench.reporting.located import locate_records
from hashbench.results.record import RunRecord
from hashbench.results.store import find_run

if TYPE_CHECKING:
    from hashbench.reporting.filter import Located
    from hashbench.results.store import Problem

Results = str | Path | Sequence[str | Path | RunRecord]
"""A results folder or a record file, several of them, or records."""


def compare(results: Results, *, baseline: str | None = None, where: str | None = None, **options: Any) -> Comparison:
    """Compare records, those of each data set and split with each other.

    The comparison shows its tables in a notebook and by `print`. It converts to pandas, Markdown, LaTeX, CSV and JSON.
    Files that hold no record become warnings.

    Args:
        results: A results folder, a record file, several of them, or records. Only records of folders and files have
            the values of users that `test` and `profile` need.
        baseline: The id of the run, or its beginning, that speed-up and % retained refer to.
        where: A condition such as "bits == 64 and hr@50 > 0.2".
        options: Fields of `hashbench.reporting.compare.ComparisonOptions`, such as `sort="ndcg@100"` or `test=True`.

    Raises:
        HashbenchError: There is no such record, or an option does not fit.
    """
    unknown = options.keys() - ComparisonOptions.__dataclass_fields__.keys()
    if unknown:
        known = ", ".join(ComparisonOptions.__dataclass_fields__)
        raise BadParameter(f"compare has no option '{min(unknown)}'; it has where and {known}")
    chosen = ComparisonOptions(**options)
    records = _given_records(results)
    if records is None:
        located = _locate(results, where)
        records, files = [record for _, record in located], {record.run_id: file for file, record in located}
    elif where is not None:
        raise BadParameter("where filters the records of a folder; filter a list of records in Python")
    else:
        files = {}
    if baseline is not None:
        chosen = replace(chosen, baseline=find_run(records, baseline, "the records"))
    return compare_records(records, chosen, files)


def _given_records(results: Results) -> list[RunRecord] | None:
    """Return the records themselves, if records were given; None for folders and files."""
    if isinstance(results, str | Path):
        return None
    records = [result for result in results if isinstance(result, RunRecord)]
    if records and len(records) < len(results):
        raise BadParameter("results are folders and files, or records, and not both")
    return records or None


def _locate(results: Any, where: str | None) -> list[Located]:
    def warn(problem: Problem) -> None:
        warnings.warn(f"left out {problem}", stacklevel=4)

    return locate_records(_paths(results), where, warn)


def _paths(results: str | Path | Sequence[str | Path]) -> list[Path]:
    return [Path(results)] if isinstance(results, str | Path) else [Path(result) for result in results]
