"""Which records a comparison is of, which columns it shows, and into which tables it is divided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import BadParameter, did_you_mean
from hashbench.report.columns import COLUMNS, LATENCIES, column
from hashbench.report.compare import IDENTITY, ComparisonTable, best_of, ranked
from hashbench.results.record import RunRecord

if TYPE_CHECKING:
    import pandas as pd

FIELDS = ("dataset", "split", "encoder", "head", "objective", "train_head", "retriever", "seed", "status", "created")
FIGURES = ("bytes_per_item", "train_seconds")
BITS = {"bits": "n_bits"}
_METRIC = re.compile(r"`[^`]*`|\b[A-Za-z_]\w*@\d+")

Placed = tuple[Path, RunRecord]


def where(placed: Sequence[Placed], expression: str) -> list[Placed]:
    """Return the records for which an expression such as "bits == 64 and hr@50 > 0.2" holds (pandas.DataFrame.eval)."""
    import pandas as pd

    chosen = holds(pd.DataFrame([_flat(record) for _, record in placed]), expression)
    return [one for one, taken in zip(placed, chosen, strict=True) if taken]


def holds(frame: pd.DataFrame, expression: str) -> pd.Series[bool]:
    """Say of which rows an expression holds; a metric's name such as hr@50 needs no quotes."""
    import pandas as pd

    quoted = _METRIC.sub(lambda found: found[0] if found[0][0] == "`" else f"`{found[0]}`", expression)
    try:
        chosen = frame.eval(quoted, engine="python")
    except Exception as error:  # whatever is wrong with a text that is evaluated
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadParameter(f"--where '{expression}': {reason}; names: {', '.join(frame.columns)}") from None
    if not isinstance(chosen, pd.Series) or not pd.api.types.is_bool_dtype(chosen.dtype):
        raise BadParameter(f"--where '{expression}' is true or false of no record; write such as bits == 64")
    return chosen.fillna(False).astype(bool)


def show(groups: Iterable[ComparisonTable], names: Sequence[str]) -> list[ComparisonTable]:
    """Show these columns and no others; the metrics' names, or those that tables have."""
    listed = list(groups)
    there = [*COLUMNS, *(one.key for group in listed for one in group.columns)]
    known = list(dict.fromkeys([*there, *(name for group in listed for row in group.rows for name in row.values)]))
    for name in names:
        if BITS.get(name, name) not in known:
            raise BadParameter(f"--columns '{name}': there is no such column.{did_you_mean(name, known)}")
    return [replace(group, columns=tuple(_columns(group, names))) for group in listed]


def divide(groups: Iterable[ComparisonTable], name: str) -> list[ComparisonTable]:
    """Divide each table by a column's value, such as bits; ranks and best values are those of each part."""
    key = BITS.get(name, name)
    if key not in IDENTITY:
        known = [next((short for short, long in BITS.items() if long == one), one) for one in IDENTITY]
        raise BadParameter(f"--group-by '{name}': there are {', '.join(known)}.{did_you_mean(name, known)}")
    return [part for group in groups for part in _divided(group, name, key)]


def _divided(group: ComparisonTable, name: str, key: str) -> Iterator[ComparisonTable]:
    values = list(dict.fromkeys(row.values[key] for row in group.rows))
    for value in sorted(values, key=lambda one: (one is None, str(one).zfill(12))):
        rows = ranked([row for row in group.rows if row.values[key] == value], column(group.sort))
        title = f"{group.title} · {name} {'–' if value is None else value}"
        columns = tuple(one for one in group.columns if one.key != key)
        yield replace(group, title=title, columns=columns, rows=tuple(rows), best=best_of(rows, columns), failed=())
    if group.failed:
        yield replace(group, title=f"{group.title} · failed", rows=(), notes=())


def _columns(group: ComparisonTable, names: Sequence[str]) -> Iterator[Any]:
    there = {one.key: one for one in group.columns}
    if "beats" in names and "letter" in there and "letter" not in names:
        yield there["letter"]  # what it is told in
    for name in names:
        key = BITS.get(name, name)
        yield there.get(key) or column(key)


def _flat(record: RunRecord) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(record, name) for name in (*FIELDS, *FIGURES)}
    row |= {"bits": record.n_bits}
    row |= {name: getattr(record.latency, name, None) for name in LATENCIES}
    return row | record.metrics
