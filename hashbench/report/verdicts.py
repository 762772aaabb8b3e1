"""Which rows of a comparison are really better: tests against a baseline, or of all rows against each other."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import BadParameter, BadRecord
from hashbench.report.columns import SORTABLE, Column, column
from hashbench.report.compare import ComparisonTable, Row
from hashbench.report.significance import LEVEL, Difference, Values, all_pairs, differences
from hashbench.results.record import RunRecord

PerUser = Callable[[RunRecord], Mapping[str, NDArray[np.float32]]]


def add_significance(
    group: ComparisonTable, per_user: PerUser, baseline: RunRecord | None, rng: np.random.Generator
) -> ComparisonTable:
    """Add what the tests say of the metric that the group is sorted by.

    Every row is compared with that of the baseline; where there is none in the group, every row with every other, and
    what is shown is the difference from the best. Raises `BadParameter` where the group is sorted by no metric.
    """
    if not group.rows:
        return group
    metric = group.sort
    if metric in SORTABLE:
        raise BadParameter(f"--test compares users' values of a metric, and '{metric}' is none; --sort hr@50, say")
    if metric not in {one.key for one in group.columns}:
        return replace(group, notes=(*group.notes, f"Not tested: no run here has {metric}."))
    values, problems = _values(group, metric, per_user)
    places = list(values)  # of the rows that can be tested
    known = [place for place in places if baseline is not None and _holds(group.rows[place], baseline)]
    reference = known[0] if known else places[0] if places else None
    pairs = all_pairs(len(places))
    if known:
        at = places.index(known[0])
        pairs = [(place, at) for place in range(len(places)) if place != at]
    found = differences([values[place] for place in places], pairs, rng)
    by_place = {(places[i], places[j]): one for (i, j), one in found.items()}
    by_place |= {(j, i): _turned(one) for (i, j), one in by_place.items()}
    better = column(metric).better
    rows = [
        replace(row, values={**row.values, **_told(place, places, reference, by_place, better)})
        for place, row in enumerate(group.rows)
    ]
    after = next(number for number, one in enumerate(group.columns) if one.key == metric) + 1
    letters, shown = _columns(bool(known))
    notes = (*group.notes, _note(found, metric, bool(known)), *problems)
    columns = (*letters, *group.columns[:after], *shown, *group.columns[after:])
    return replace(group, columns=columns, rows=tuple(rows), notes=notes)


def _values(group: ComparisonTable, metric: str, per_user: PerUser) -> tuple[dict[int, Values], list[str]]:
    """Read the users' values of each row, by its place, and say why some cannot be."""
    found: dict[int, Values] = {}
    problems = []
    for place, row in enumerate(group.rows):
        try:
            found[place] = {one.seed: per_user(one)[metric] for one in row.members}
        except BadRecord as error:
            problems.append(f"Not tested: {error}")
        except KeyError:
            problems.append(f"Not tested: run {row.record.run_id[:8]} has no users' values of {metric}.")
    return found, problems


def _told(
    place: int,
    places: list[int],
    reference: int | None,
    found: Mapping[tuple[int, int], Difference],
    better: int,
) -> dict[str, Any]:
    """Return the cells of one row."""
    one = found.get((place, reference)) if reference is not None else None
    beaten = [
        _letter(other)
        for other in places
        if (gap := found.get((place, other))) is not None and gap.significant and gap.mean * better > 0
    ]
    return {
        "letter": _letter(place) if place in places else None,
        "beats": " ".join(beaten) or None,
        "difference": one,
        "p": None if one is None else one.p,
        "users": None if one is None else (one.wins, one.ties, one.losses),
        "verdict": None if one is None else ("▲" if one.mean * better > 0 else "▼") if one.significant else "=",
    }


def _columns(baseline: bool) -> tuple[list[Column], list[Column]]:
    """Return what stands before the other columns, and what after the metric."""
    shown = [
        Column("difference", f"Δ to {'baseline' if baseline else 'best'} [95 %]", _interval),
        Column("p", "p", lambda p: "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")),
        Column("users", "users +/=/−", lambda counts: "/".join(map(str, counts))),
    ]
    if baseline:
        return [], [Column("verdict", " ", str), *shown]
    return [Column("letter", " ", str)], [*shown, Column("beats", "beats", str)]


def _holds(row: Row, record: RunRecord) -> bool:
    return any(one.run_id == record.run_id for one in row.members)


def _turned(one: Difference) -> Difference:
    return replace(one, mean=-one.mean, low=-one.high, high=-one.low, wins=one.losses, losses=one.wins)


def _letter(place: int) -> str:
    """Return a, b, … z, aa, ab, …."""
    quotient, rest = divmod(place, 26)
    return (_letter(quotient - 1) if quotient else "") + string.ascii_lowercase[rest]


def _interval(one: Difference) -> str:
    mean, low, high = map(_signed, (one.mean, one.low, one.high))
    return f"{mean} [{low}, {high}]"


def _signed(value: float) -> str:
    text = f"{round(value, 4) + 0.0:+.4f}"
    return text[0] + text[1:].removeprefix("0")


def _note(found: Mapping[tuple[int, int], Difference], metric: str, baseline: bool) -> str:
    def words() -> Iterator[str]:
        yield f"{metric} of every row against {'the baseline' if baseline else 'every other'}:"
        if any(one.p_seeds is not None for one in found.values()):
            yield "paired randomisation test over users, t-test over seeds (randomised blocks), the larger p,"
        else:
            yield "paired randomisation test over users, of these models (one seed tells nothing of others),"
        yield f"with Holm's correction of {len(found)} comparison{'' if len(found) == 1 else 's'};"
        yield "▲ better, ▼ worse, = not told apart," if baseline else "beats names the rows that are worse"
        yield f"at p < {LEVEL}. Intervals: bootstrap over users and seeds."

    return " ".join(words())
