"""Compares records: the tables of a comparison with all options applied, and what they can be written as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hashbench.errors import BadParameter, HashbenchError
from hashbench.reporting import markup, rows, terminal
from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.rescore import rescore
from hashbench.reporting.select import group_tables, select_columns
from hashbench.reporting.significance_columns import add_significance
from hashbench.reporting.table import ComparisonTable
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder

if TYPE_CHECKING:
    import pandas as pd

STANDARD = "standard"
"""The profile of metrics as they are recorded."""


@dataclass(frozen=True)
class ComparisonOptions:
    """How records are compared.

    `sort` is a metric or another figure (default: HR at the smallest k). `baseline` is the run that speed-up and
    % retained refer to. `profile` counts metrics as published code does. `ties` shows the range of each metric over
    the orders of tied items, `test` adds tests of significance, `each` gives each run its own row instead of one for
    all seeds. `group_by` divides each table by a column, and `columns` are those to show, all if empty.
    """

    sort: str | None = None
    baseline: RunRecord | None = None
    profile: str = STANDARD
    ties: bool = False
    test: bool = False
    each: bool = False
    group_by: str | None = None
    columns: Sequence[str] = ()


@dataclass(frozen=True, repr=False)
class Comparison:
    """The tables of a comparison, and a reason for each record that was left out.

    `str()` gives the tables as on a terminal, and a notebook shows them as HTML.
    """

    tables: tuple[ComparisonTable, ...]
    left_out: tuple[str, ...] = field(default=())

    def to_pandas(self) -> pd.DataFrame:
        """Return one row per table row, failed runs included, with the columns of the CSV format."""
        return rows.as_frame(self.tables)

    def to_markdown(self) -> str:
        """Return the tables as Markdown."""
        return markup.markdown(self.tables)

    def to_latex(self) -> str:
        """Return the tables as LaTeX for the packages booktabs and graphicx."""
        return markup.latex(self.tables)

    def to_csv(self) -> str:
        """Return one CSV line per row, failed runs included, with unrounded figures."""
        return rows.as_csv(self.tables)

    def to_json(self) -> str:
        """Return a JSON list with an object per row, failed runs included, with unrounded figures."""
        return rows.as_json(self.tables)

    def __str__(self) -> str:
        return terminal.as_text(self.tables)

    def __repr__(self) -> str:
        n_rows = sum(len(table.rows) for table in self.tables)
        return f"<Comparison of {n_rows} rows in {len(self.tables)} tables>"

    def _repr_html_(self) -> str:
        return "\n".join(table._repr_html_() for table in self.tables)


def compare_records(
    records: Iterable[RunRecord],
    options: ComparisonOptions | None = None,
    files: Mapping[str, Path] | None = None,
) -> Comparison:
    """Compare records, those of each data set and split with each other.

    `files` gives each record's file by run id; the options `profile` and `test` read the values beside it. Raises
    `HashbenchError` where an option does not fit the records.
    """
    options, files = options or ComparisonOptions(), files or {}
    listed = list(records)
    if options.test and options.profile != STANDARD:
        raise BadParameter("--test needs the users' values as recorded: leave --profile out")
    if (options.test or options.profile != STANDARD) and any(record.run_id not in files for record in listed):
        raise BadParameter("--test and --profile need records of a results folder, with the values beside them")
    rescored = rescore(((files.get(record.run_id), record) for record in listed), options.profile)
    if not rescored.records:
        return Comparison((), tuple(rescored.left_out))
    baseline = _same_run(options.baseline, rescored.records)
    tables = rescored.label(
        comparison_tables(rescored.records, options.sort, baseline, options.ties, merge_seeds=not options.each)
    )
    if options.group_by is not None:
        tables = group_tables(tables, options.group_by)
    if options.test:
        folders = {run_id: ResultsFolder(file.parent) for run_id, file in files.items()}
        tables = [
            add_significance(
                table, lambda record: folders[record.run_id].per_user(record), baseline, np.random.default_rng(0)
            )
            for table in tables
        ]
    if options.columns:
        tables = select_columns(tables, options.columns)
    return Comparison(tuple(tables), tuple(rescored.left_out))


def _same_run(baseline: RunRecord | None, records: Sequence[RunRecord]) -> RunRecord | None:
    """Return the baseline's run among the rescored records."""
    if baseline is None:
        return None
    for record in records:
        if record.run_id == baseline.run_id:
            return record
    raise HashbenchError(f"Run {baseline.run_id} is not among the records compared, so it cannot be the baseline.")
