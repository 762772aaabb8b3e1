"""What the ratios of a table refer to: speed-up to the fastest float search, % retained to the float reference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hashbench.reporting.columns import column_of, value_of
from hashbench.reporting.row_labels import bare_name, full_text
from hashbench.reporting.seeds import SeedAggregate
from hashbench.results.record import RunRecord

FLOAT = "continuous"
"""Name of the head without hashing and of the retriever that searches embeddings."""

ONE_FLOAT_BYTES = 4
"""Bytes of an item that is a single float32."""


@dataclass(frozen=True)
class Baselines:
    """The records that the ratios of a table refer to.

    `speed` is the reference of speed-up. `chosen` is the user's baseline if the table has it; it replaces all others.
    `metric` is the quality of which % is retained. `seeds` are those of each record, by run id.
    """

    records: Sequence[RunRecord]
    seeds: Mapping[str, tuple[int, ...]]
    metric: str | None
    speed: RunRecord | None
    chosen: RunRecord | None

    @classmethod
    def find(cls, aggregates: Sequence[SeedAggregate], metric: str | None, baseline: RunRecord | None) -> Baselines:
        """Find the references among the rows of a table; `baseline` is the user's choice, of this table or another."""
        records = [aggregate.record for aggregate in aggregates]
        seeds = {aggregate.record.run_id: aggregate.seeds for aggregate in aggregates}
        holding = (aggregate.record for aggregate in aggregates if baseline is not None and aggregate.has(baseline))
        chosen = next(holding, None)
        return cls(records, seeds, metric, chosen or _fastest_float_search(records), chosen)

    def speed_up(self, record: RunRecord) -> float | None:
        """Return the reference's p50 over that of the record."""
        return ratio(self.speed, record, "p50_ms")

    def retained(self, record: RunRecord) -> tuple[float | None, bool]:
        """Return the record's quality over its reference's, and whether that is the record's own model."""
        reference, own_float = (self.chosen, False) if self.chosen else self.float_reference(record)
        if self.metric is None:
            return None, False
        more_is_better = column_of(self.metric).direction > 0
        over, under = (record, reference) if more_is_better else (reference, record)
        retained = ratio(over, under, self.metric)
        return retained, own_float and retained is not None

    def float_reference(self, record: RunRecord) -> tuple[RunRecord | None, bool]:
        """Return the best float run of the same encoder and seeds without hashing.

        Without one, return the float search of the record's own model and True.
        """
        metric = self.metric
        if metric is None:
            return None, False
        searched = [
            other
            for other in self.records
            if bare_name(other.retriever) == FLOAT and value_of(other, metric) is not None
        ]
        unhashed = [
            other
            for other in searched
            if bare_name(other.head) == FLOAT
            and full_text(other, "encoder") == full_text(record, "encoder")
            and self.seeds[other.run_id] == self.seeds[record.run_id]
        ]
        if unhashed:
            direction = column_of(metric).direction
            return max(unhashed, key=lambda other: direction * (value_of(other, metric) or 0.0)), False
        return next((other for other in searched if other.model_id == record.model_id), None), True


def ratio(over: RunRecord | None, under: RunRecord | None, key: str) -> float | None:
    """Return the ratio of two records' values; None where one is missing or the ratio is not finite."""
    if over is None or under is None:
        return None
    numerator, denominator = value_of(over, key), value_of(under, key)
    quotient = numerator / denominator if numerator is not None and denominator else math.nan
    return quotient if math.isfinite(quotient) else None


def _fastest_float_search(records: Sequence[RunRecord]) -> RunRecord | None:
    """Return the fastest search of float vectors.

    Items with a single value each, as most_popular has, have one order for all users: their search is no measure for
    others and counts only if there is nothing else.
    """
    timed = [
        (record.bytes_per_item == ONE_FLOAT_BYTES, time, record.run_id, record)
        for record in records
        if bare_name(record.retriever) == FLOAT and (time := value_of(record, "p50_ms")) is not None
    ]
    return min(timed, key=lambda candidate: candidate[:3])[3] if timed else None
