"""Runs that differ in their seed alone as one row: means over seeds, and standard deviations."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hashbench.results.record import Latency, RunRecord, TieRange


@dataclass(frozen=True)
class SeedAggregate:
    """Runs of one configuration, by rising seed, and a record of their means.

    The record has the ids of the first run. `deviations` are the sample standard deviations of metrics over the seeds;
    a single run has none.
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

    def has(self, record: RunRecord) -> bool:
        """Say whether a run is one of these."""
        return any(member.run_id == record.run_id for member in self.members)


def aggregate_seeds(records: Iterable[RunRecord]) -> list[SeedAggregate]:
    """Put runs of one configuration together; two runs of one seed, which differ in their data, stay apart."""
    configurations: dict[tuple[str, int], list[RunRecord]] = {}
    for record in sorted(records, key=lambda record: record.seed):
        spec = {name: value for name, value in record.spec.items() if name not in ("seed", "data")}
        configuration, copy = json.dumps([spec, record.resolved], sort_keys=True), 0
        while any(other.seed == record.seed for other in configurations.get((configuration, copy), ())):
            copy += 1
        configurations.setdefault((configuration, copy), []).append(record)
    return [_aggregate(members) for members in configurations.values()]


def each_alone(records: Iterable[RunRecord]) -> list[SeedAggregate]:
    """Give each run its own row."""
    return [SeedAggregate(record, (record,)) for record in records]


def _aggregate(members: Sequence[RunRecord]) -> SeedAggregate:
    first = members[0]
    if len(members) == 1:
        return SeedAggregate(first, (first,))
    names = [name for name in first.metrics if all(name in member.metrics for member in members)]
    values = {name: [member.metrics[name] for member in members] for name in names}
    tied = [name for name in first.ties if all(name in member.ties for member in members)]
    means = first.model_copy()
    means.metrics = {name: statistics.fmean(of_seeds) for name, of_seeds in values.items()}
    means.ties = {name: _mean_range([member.ties[name] for member in members]) for name in tied}
    means.latency = _mean_latency([member.latency for member in members])
    means.bytes_per_item = _mean([member.bytes_per_item for member in members])
    means.train_seconds = _mean([member.train_seconds for member in members])
    deviations = {name: statistics.stdev(of_seeds) for name, of_seeds in values.items()}
    return SeedAggregate(means, tuple(members), deviations)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if len(known) == len(values) else None


def _mean_range(ranges: Sequence[TieRange]) -> TieRange:
    return TieRange(
        drawn=statistics.fmean(ends.drawn for ends in ranges),
        low=statistics.fmean(ends.low for ends in ranges),
        high=statistics.fmean(ends.high for ends in ranges),
    )


def _mean_latency(latencies: Sequence[Latency | None]) -> Latency | None:
    known = [latency for latency in latencies if latency is not None]
    if len(known) < len(latencies):
        return None
    means = known[0].model_copy()
    means.p50_ms = statistics.fmean(latency.p50_ms for latency in known)
    means.p95_ms = statistics.fmean(latency.p95_ms for latency in known)
    means.p99_ms = statistics.fmean(latency.p99_ms for latency in known)
    means.batch_qps = statistics.fmean(latency.batch_qps for latency in known)
    means.stages = None
    means.noisy = any(latency.noisy for latency in known)
    return means
