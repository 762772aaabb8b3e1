"""The columns of significance: which rows of a table differ, from a baseline or from each other."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import BadParameter, BadRecord
from hashbench.reporting.columns import SORTABLE, Column, column_of
from hashbench.reporting.number_format import counted, signed_four_decimals
from hashbench.reporting.significance import LEVEL, Difference, Values, all_pairs, differences
from hashbench.reporting.table import ComparisonTable, Row
from hashbench.results.record import RunRecord

PerUser = Callable[[RunRecord], Mapping[str, NDArray[np.float32]]]
"""Gives a record's values float32[n_users] by metric; raises `BadRecord` where they are missing."""


@dataclass(frozen=True)
class _Tests:
    """The differences between rows, both ways round, by their indices in the table.

    `reference` is the row that the shown differences are from: the baseline, or else the best row with values.
    """

    rows: Sequence[int]
    reference: int | None
    against_baseline: bool
    differences: Mapping[tuple[int, int], Difference]
    n_compared: int


def add_significance(
    table: ComparisonTable, per_user: PerUser, baseline: RunRecord | None, rng: np.random.Generator
) -> ComparisonTable:
    """Add columns of tests of the metric that the table is sorted by.

    If the table has the baseline, every row is compared with it. Otherwise every row is compared with every other, and
    the difference shown is that from the best. Raises `BadParameter` if the table is not sorted by a metric.
    """
    if not table.rows:
        return table
    metric = table.sort
    if metric in SORTABLE:
        raise BadParameter(f"--test compares users' values of a metric, and '{metric}' is none; give --sort hr@50, say")
    if metric not in {column.key for column in table.columns}:
        return replace(table, notes=(*table.notes, f"Not tested: no run here has {metric}."))
    values, problems = _read_values(table, metric, per_user)
    tests = _test(table, values, baseline, rng)
    direction = column_of(metric).direction
    rows = [
        replace(row, values={**row.values, **_cells(index, tests, direction)}) for index, row in enumerate(table.rows)
    ]
    after_metric = [column.key for column in table.columns].index(metric) + 1
    first, shown = _columns(tests.against_baseline)
    columns = (*first, *table.columns[:after_metric], *shown, *table.columns[after_metric:])
    return replace(table, columns=columns, rows=tuple(rows), notes=(*table.notes, _note(tests, metric), *problems))


def _read_values(table: ComparisonTable, metric: str, per_user: PerUser) -> tuple[dict[int, Values], list[str]]:
    """Read the users' values of each row, by its index, and say why some cannot be read."""
    values: dict[int, Values] = {}
    problems = []
    for index, row in enumerate(table.rows):
        try:
            values[index] = {member.seed: per_user(member)[metric] for member in row.members}
        except BadRecord as error:
            problems.append(f"Not tested: {error}")
        except KeyError:
            problems.append(f"Not tested: run {row.record.run_id[:8]} has no users' values of {metric}.")
    return values, problems


def _test(
    table: ComparisonTable, values: Mapping[int, Values], baseline: RunRecord | None, rng: np.random.Generator
) -> _Tests:
    rows = list(values)
    of_baseline = [index for index in rows if baseline is not None and _holds(table.rows[index], baseline)]
    pairs = all_pairs(len(rows))
    if of_baseline:
        second = rows.index(of_baseline[0])
        pairs = [(first, second) for first in range(len(rows)) if first != second]
    compared = differences([values[index] for index in rows], pairs, rng)
    by_rows = {(rows[i], rows[j]): difference for (i, j), difference in compared.items()}
    by_rows |= {(j, i): _negated(difference) for (i, j), difference in by_rows.items()}
    reference = next(iter([*of_baseline, *rows]), None)
    return _Tests(rows, reference, bool(of_baseline), by_rows, len(compared))


def _cells(index: int, tests: _Tests, direction: int) -> dict[str, Any]:
    """Return the values of the added columns for one row."""
    beaten = [
        _letter(other)
        for other in tests.rows
        if (gap := tests.differences.get((index, other))) is not None and gap.significant and gap.mean * direction > 0
    ]
    cells: dict[str, Any] = {
        "letter": _letter(index) if index in tests.rows else None,
        "beats": " ".join(beaten) or None,
    }
    difference = None if tests.reference is None else tests.differences.get((index, tests.reference))
    if difference is None:
        return cells | dict.fromkeys(("difference", "p", "users", "verdict"))
    verdict = "=" if not difference.significant else "▲" if difference.mean * direction > 0 else "▼"
    users = (difference.wins, difference.ties, difference.losses)
    return cells | {"difference": difference, "p": difference.p, "users": users, "verdict": verdict}


def _columns(against_baseline: bool) -> tuple[list[Column], list[Column]]:
    """Return the columns before all others, and those after the metric."""
    reference = "baseline" if against_baseline else "best"
    shown = [
        Column("difference", f"Δ to {reference} [95 %]", _interval, about="Mean difference and its 95 % interval."),
        Column("p", "p", _p_value, about="Probability of such a difference by chance, after Holm's correction."),
        Column("users", "users +/=/−", lambda counts: "/".join(map(str, counts)), about="Users better, equal, worse."),
    ]
    if against_baseline:
        return [], [Column("verdict", " ", str), *shown]
    return [Column("letter", " ", str)], [*shown, Column("beats", "beats", str, about="Rows that are worse.")]


def _holds(row: Row, record: RunRecord) -> bool:
    return any(member.run_id == record.run_id for member in row.members)


def _negated(difference: Difference) -> Difference:
    return replace(
        difference,
        mean=-difference.mean,
        low=-difference.high,
        high=-difference.low,
        wins=difference.losses,
        losses=difference.wins,
    )


def _letter(index: int) -> str:
    """Return a, b, … z, aa, ab, …."""
    quotient, rest = divmod(index, 26)
    return (_letter(quotient - 1) if quotient else "") + string.ascii_lowercase[rest]


def _p_value(p: float) -> str:
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def _interval(difference: Difference) -> str:
    mean, low, high = map(signed_four_decimals, (difference.mean, difference.low, difference.high))
    return f"{mean} [{low}, {high}]"


def _note(tests: _Tests, metric: str) -> str:
    def sentences() -> Iterator[str]:
        yield f"{metric} of every row against {'the baseline' if tests.against_baseline else 'every other'}:"
        if any(difference.p_seeds is not None for difference in tests.differences.values()):
            yield "p is the larger of a paired randomisation test over users and a t-test over seeds (block design),"
        else:
            yield "paired randomisation test over users (with one seed it holds for these trained models only),"
        yield f"with Holm's correction of {counted(tests.n_compared, 'comparison')}."
        yield "▲ better, ▼ worse, = no difference," if tests.against_baseline else "beats names the rows that are worse"
        yield f"at p < {LEVEL}. Intervals: bootstrap over users and seeds."

    return " ".join(sentences())
