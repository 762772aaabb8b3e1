"""Counts the metrics of records again by a metric profile, from the hits stored beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hashbench.errors import BadRecord
from hashbench.evaluation.profiles import PROFILES, Profile, Standard
from hashbench.reporting.metric_names import METRIC, cutoff
from hashbench.reporting.table import ComparisonTable
from hashbench.results.per_user import Hits
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder


@dataclass(frozen=True)
class Rescored:
    """Records with the metrics of a profile, and a reason for each record left out.

    `lengths` are the lengths of their rankings by run id. `tied` are the runs whose recorded metrics are expected
    values over the orders of ties.
    """

    profile: Profile
    records: list[RunRecord]
    left_out: list[str] = field(default_factory=list)
    lengths: Mapping[str, int] = field(default_factory=dict)
    tied: frozenset[str] = frozenset()

    def label(self, tables: Iterable[ComparisonTable]) -> list[ComparisonTable]:
        """Note in the tables of these records how their metrics are counted."""
        if isinstance(self.profile, Standard):
            return list(tables)
        return [
            replace(table, profile=self.profile.name, notes=(*table.notes, *self._notes(table))) for table in tables
        ]

    def _notes(self, table: ComparisonTable) -> Iterator[str]:
        runs = {row.record.run_id for row in table.rows}
        if not runs:
            return
        yield (
            f"Profile {self.profile.name}: {self.profile.differs}. hr, recall, precision and ndcg are counted again "
            "from the stored hits; other metrics are as in the records."
        )
        if runs & self.tied:
            yield "Where scores tie, these metrics are of the one order that was drawn, not expected values."
        if not self.profile.published_lengths:
            return
        lengths = sorted({self.profile.list_length(self.lengths[run]) for run in runs})
        if unpublished := [length for length in lengths if length not in self.profile.published_lengths]:
            published = _alternatives(self.profile.published_lengths)
            yield f"The published rankings have {published} items, those here {_alternatives(unpublished)}."
        if len(lengths) > 1:
            yield f"ndcg is not comparable throughout: rankings have {_alternatives(lengths)} items."


def rescore(located: Iterable[tuple[Path | None, RunRecord]], name: str) -> Rescored:
    """Count the metrics of records, each given with its file, by the profile of that name.

    For `standard` no file is read or needed. Failed records stay as they are.
    """
    profile, pairs = PROFILES[name], list(located)
    if isinstance(profile, Standard):
        return Rescored(profile, [record for _, record in pairs])
    records, left_out, lengths = [], [], {}
    for file, record in pairs:
        if record.status == "failed":
            records.append(record)
            continue
        try:
            hits = _read_hits(file, record)
        except BadRecord as error:
            left_out.append(str(error))
        else:
            records.append(_rescored(record, profile, hits))
            lengths[record.run_id] = hits.is_hit.shape[1]
    tied = frozenset(record.run_id for _, record in pairs if record.ties)
    return Rescored(profile, records, left_out, lengths, tied)


def _read_hits(file: Path | None, record: RunRecord) -> Hits:
    if file is None:
        raise BadRecord(f"run {record.run_id}: it has no file, and so no stored hits")
    hits = ResultsFolder(file.parent).hits(record)
    largest_k, length = max(_cutoffs(record), default=0), hits.is_hit.shape[1]
    if largest_k > length:
        text = f"{file}: it has metrics at {largest_k} but hits of {length} items; run it again: {record.command}"
        raise BadRecord(text)
    return hits


def _rescored(record: RunRecord, profile: Profile, hits: Hits) -> RunRecord:
    """Replace the metrics that the profile counts, and drop their ranges over ties, which no longer hold."""
    evaluated = hits.n_relevant > 0
    user_hits, n_relevant = hits.is_hit[evaluated], hits.n_relevant[evaluated]
    counted = {
        f"{name}@{k}": float(values.mean())
        for k in _cutoffs(record)
        for name, values in profile.per_user(user_hits, n_relevant, k).items()
    }
    rescored = record.model_copy()
    rescored.metrics = {name: counted.get(name, value) for name, value in record.metrics.items()}
    rescored.ties = {name: ends for name, ends in record.ties.items() if name not in counted}
    return rescored


def _cutoffs(record: RunRecord) -> set[int]:
    return {cutoff(metric) for metric in record.metrics if METRIC.fullmatch(metric)}


def _alternatives(numbers: Iterable[int]) -> str:
    return " or ".join(f"{number:,}" for number in numbers)
