"""Runs that differ in nothing but their seed, as one row: means over seeds, and standard deviations."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hashbench.results.record import Latency, RunRecord, TieRange


@dataclass(frozen=True)
class SeedAggregate:
    """Runs of one configuration, by rising seed, and the record of their means, which has the first one's ids.

    `deviations` are the sample standard deviations of metrics over the seeds; of one run there are none.
    """

    record: RunRecord
    members: tuple[RunRecord, ...]
    deviations: Mapping[str, float] = field(default_factory=dict)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The runs' seeds."""
        return tuple(member.seed for member in self.members)

    @property
    def seeds_text(self) -> str:
        """The seeds as a table shows them: 0, 0–4 or 0,3,7."""
        seeds = self.seeds
        if len(seeds) > 2 and seeds == tuple(range(seeds[0], seeds[-1] + 1)):
            return f"{seeds[0]}–{seeds[-1]}"
        return ",".join(map(str, seeds))


def aggregate_seeds(records: Iterable[RunRecord]) -> list[SeedAggregate]:
    """Put runs of one configuration together; two of one seed, which differ in their data, stay apart."""
    found: dict[tuple[str, int], list[RunRecord]] = {}
    for record in sorted(records, key=lambda one: one.seed):
        spec = {name: value for name, value in record.spec.items() if name not in ("seed", "data")}
        key, copy = json.dumps([spec, record.resolved], sort_keys=True), 0
        while any(other.seed == record.seed for other in found.get((key, copy), ())):
            copy += 1
        found.setdefault((key, copy), []).append(record)
    return [_pooled(members) for members in found.values()]


def alone(records: Iterable[RunRecord]) -> list[SeedAggregate]:
    """Give each run a row of its own."""
    return [SeedAggregate(record, (record,)) for record in records]


def _pooled(members: Sequence[RunRecord]) -> SeedAggregate:
    first = members[0]
    if len(members) == 1:
        return SeedAggregate(first, (first,))
    names = [name for name in first.metrics if all(name in member.metrics for member in members)]
    by_name = {name: [member.metrics[name] for member in members] for name in names}
    tied = [name for name in first.ties if all(name in member.ties for member in members)]
    changes = {
        "metrics": {name: statistics.fmean(values) for name, values in by_name.items()},
        "ties": {name: _mean_range([member.ties[name] for member in members]) for name in tied},
        "latency": _mean_latency([member.latency for member in members]),
        **{name: _mean([getattr(member, name) for member in members]) for name in ("bytes_per_item", "train_seconds")},
    }
    deviations = {name: statistics.stdev(values) for name, values in by_name.items()}
    return SeedAggregate(first.model_copy(update=changes), tuple(members), deviations)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if len(known) == len(values) else None


def _mean_range(ranges: Sequence[TieRange]) -> TieRange:
    parts = TieRange.model_fields
    return TieRange(**{part: statistics.fmean(getattr(one, part) for one in ranges) for part in parts})


def _mean_latency(latencies: Sequence[Latency | None]) -> Latency | None:
    known = [one for one in latencies if one is not None]
    if len(known) < len(latencies):
        return None
    figures = ("p50_ms", "p95_ms", "p99_ms", "batch_qps")
    means = {name: statistics.fmean(getattr(one, name) for one in known) for name in figures}
    return known[0].model_copy(update={**means, "stages": None, "noisy": any(one.noisy for one in known)})
