"""The columns of a comparison: their values, which direction is better, and how values are written."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hashbench.registry import shelves
from hashbench.reporting.metric_names import METRIC, base_name, definition
from hashbench.reporting.number_format import MISSING, four_decimals, three_digits, whole
from hashbench.results.record import RunRecord

LATENCIES = ("p50_ms", "p95_ms", "p99_ms", "batch_qps")
TIES = " ties"
"""Ends the key of a metric's range over the orders of tied items."""

DEVIATION = " sd"
"""Ends the key of a metric's standard deviation over seeds."""


@dataclass(frozen=True)
class Column:
    """A column of a comparison.

    `direction` is 1 where more is better, -1 where less is, 0 where neither. `about` explains the column in a tooltip.
    """

    key: str
    title: str
    write: Callable[[Any], str]
    direction: int = 0
    about: str = ""

    def text(self, value: Any) -> str:
        """Return a value as it stands in a table."""
        missing = value is None or (isinstance(value, float) and math.isnan(value))
        return MISSING if missing else self.write(value)


COLUMNS = {
    column.key: column
    for column in (
        Column("encoder", "encoder", str),
        Column("head", "head", str, about="The hash head, which turns embeddings into codes."),
        Column("n_bits", "bits", str, about="Bits of a code."),
        Column("objective", "objective", str, about="The training loss."),
        Column("train_head", "trained", str, about="How the head was trained: joint or post_hoc."),
        Column("options", "options", str, about="Other options of the run that differ between rows."),
        Column("retriever", "retriever", str, about="How items are searched."),
        Column("seed", "seed", str),
        Column("p50_ms", "p50 ms", three_digits, -1, "Median time of a single query, in milliseconds."),
        Column("p95_ms", "p95 ms", three_digits, -1, "95th percentile of the time of a single query, in ms."),
        Column("p99_ms", "p99 ms", three_digits, -1, "99th percentile of the time of a single query, in ms."),
        Column("batch_qps", "q/s", three_digits, 1, "Queries per second in batches."),
        Column("all_users_s", "all users s", three_digits, -1, "Seconds to search for all users in batches."),
        Column("speed_up", "speed-up", lambda value: f"{three_digits(value)}×", 1, "p50 of the reference / own p50."),
        Column("bytes_per_item", "bytes/item", whole, -1, "Bytes of the index per item."),
        Column(
            "retained",
            "% retained",
            lambda value: f"{100 * value:.1f}",
            1,
            "Quality as a percentage of the float reference.",
        ),
        Column("train_seconds", "train s", three_digits, -1, "Seconds of training."),
        Column("run", "run", str, about="Beginning of the run id."),
    )
}
SORTABLE = tuple(key for key, column in COLUMNS.items() if column.direction)


def column_of(key: str) -> Column:
    """Return the column of that key. The column of a metric, or of its range over ties, is made from its name."""
    if key in COLUMNS:
        return COLUMNS[key]
    if key.endswith(TIES):
        about = f"Range of {key.removesuffix(TIES)} over the orders of tied items."
        return Column(key, key, lambda ends: "–".join(map(four_decimals, ends)), about=about)
    return Column(key, key, four_decimals, 1 if higher_is_better(key) else -1, _about_metric(key))


def higher_is_better(metric: str) -> bool:
    """Say whether more of a metric such as "hr@50" is better; true for metrics of plugins that are not installed."""
    entry = shelves.shelf(shelves.METRICS).get(base_name(metric))
    return entry is None or entry.value.higher_is_better


def value_of(record: RunRecord, key: str) -> float | None:
    """Return a record's figure of that name; None if it is missing or not a number.

    `all_users_s` is the time in seconds that batches of all users take.
    """
    value = record.metrics.get(key)
    if key == "all_users_s" and record.latency is not None and record.data is not None:
        value = record.data.n_users / record.latency.batch_qps
    if value is None:
        value = getattr(record.latency if key in LATENCIES else record, key, None)
    return None if value is None or math.isnan(value) else float(value)


def _about_metric(metric: str) -> str:
    if (text := definition(metric)) is not None:
        return text
    entry = shelves.shelf(shelves.METRICS).get(base_name(metric))
    at_k = f" at {match['k']}" if (match := METRIC.fullmatch(metric)) else ""
    return f"{entry.value.label}{at_k}, mean over users" if entry is not None else ""
