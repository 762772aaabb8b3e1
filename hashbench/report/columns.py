"""The columns of a comparison: what stands in them, which way is better, and how their values are written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hashbench.registry import shelves
from hashbench.results.record import RunRecord

METRIC = re.compile(r"(?P<name>.+)@(?P<k>\d+)")
LATENCIES = ("p50_ms", "p95_ms", "p99_ms", "batch_qps")
NOTHING = "–"


@dataclass(frozen=True)
class Column:
    """A column; `better` is 1 where more is better, -1 where less is, 0 where neither."""

    key: str
    title: str
    write: Callable[[Any], str]
    better: int = 0

    def text(self, value: Any) -> str:
        """Return a value as it stands in a table."""
        missing = value is None or (isinstance(value, float) and math.isnan(value))
        return NOTHING if missing else self.write(value)


def quality(value: float) -> str:
    """Write .3124."""
    return f"{value:.4f}".removeprefix("0") if value >= 0 else f"{value:.4f}"


def three_digits(value: float) -> str:
    """Write a number with three significant digits, and all digits before the point."""
    return f"{value:.0f}" if abs(value) >= 999.5 else f"{value:#.3g}".removesuffix(".")


def whole(value: float) -> str:
    """Write a number without an exponent; a fraction with one digit."""
    return f"{value:.0f}" if value.is_integer() else f"{value:.1f}"


COLUMNS = {
    column.key: column
    for column in (
        Column("encoder", "encoder", str),
        Column("head", "head", str),
        Column("n_bits", "bits", str),
        Column("objective", "objective", str),
        Column("train_head", "trained", str),
        Column("options", "options", str),
        Column("retriever", "retriever", str),
        Column("seed", "seed", str),
        Column("p50_ms", "p50 ms", three_digits, -1),
        Column("p95_ms", "p95 ms", three_digits, -1),
        Column("p99_ms", "p99 ms", three_digits, -1),
        Column("batch_qps", "q/s", three_digits, 1),
        Column("all_users_s", "all users s", three_digits, -1),
        Column("speed_up", "speed-up", lambda value: f"{three_digits(value)}×", 1),
        Column("bytes_per_item", "bytes/item", whole, -1),
        Column("retained", "% retained", lambda value: f"{100 * value:.1f}", 1),
        Column("train_seconds", "train s", three_digits, -1),
        Column("run", "run", str),
    )
}
SORTABLE = tuple(key for key, column in COLUMNS.items() if column.better)


TIES = " ties"
DEVIATION = " sd"


def column(key: str) -> Column:
    """Return the column of that name; a metric's is made from its name, and so is that of its range over ties."""
    if key.endswith(TIES):
        return Column(key, key, lambda ends: "–".join(map(quality, ends)))
    return COLUMNS[key] if key in COLUMNS else Column(key, key, quality, 1 if higher_is_better(key) else -1)


def higher_is_better(metric: str) -> bool:
    """Say which way a metric such as "hr@50" is better; more is, where no plugin knows it."""
    entry = shelves.shelf(shelves.METRICS).get(metric.partition("@")[0])
    return entry is None or entry.value.higher_is_better


def metrics_of(records: Iterable[RunRecord]) -> list[str]:
    """Return the names of the records' metrics: as they were written, with a metric's k rising."""
    return _in_order(name for record in records for name in record.metrics)


def metrics_in(names: Iterable[str]) -> list[str]:
    """Return those of `names` that are metrics at a k, in the order of `metrics_of`."""
    return _in_order(name for name in names if METRIC.fullmatch(name))


def _in_order(given: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(given))
    first = {stem: place for place, stem in reversed(list(enumerate(map(_stem, names))))}
    return sorted(names, key=lambda name: (first[_stem(name)], _k(name)))


def main_metrics(names: Iterable[str]) -> list[str]:
    """Return hr, ndcg and the recall of the exact answer at each k, or all where there is none of them."""
    listed = list(names)
    main = [name for wanted in ("hr", "ndcg", "exact_recall") for name in listed if _stem(name) == wanted]
    return main or listed


def default_metric(names: Iterable[str]) -> str | None:
    """Return hr at the smallest k, or else the first metric at its smallest k."""
    return next(iter(main_metrics(names)), None)


def value_of(record: RunRecord, key: str) -> float | None:
    """Return a record's figure of that name, or None where it has none or is not a number.

    `all_users_s` is how long the batches of all users take.
    """
    value = record.metrics.get(key)
    if key == "all_users_s" and record.latency is not None and record.data is not None:
        value = record.data.n_users / record.latency.batch_qps
    if value is None:
        value = getattr(record.latency if key in LATENCIES else record, key, None)
    return None if value is None or math.isnan(value) else float(value)


def _stem(name: str) -> str:
    return name.partition("@")[0]


def _k(name: str) -> int:
    match = METRIC.fullmatch(name)
    return int(match["k"]) if match else 0
