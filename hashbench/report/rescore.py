"""Records whose metrics are counted again by a metric profile, from the hits kept beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hashbench.errors import BadRecord
from hashbench.evaluation.profiles import PROFILES, Profile, Standard
from hashbench.report.columns import METRIC
from hashbench.report.compare import ComparisonTable
from hashbench.results.per_user import Hits
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder


@dataclass(frozen=True)
class Rescored:
    """Records by a profile, and a reason for each one left out.

    `lengths` are those of their rankings by run id; `tied` are the runs whose metrics were expected values.
    """

    profile: Profile
    records: list[RunRecord]
    left_out: list[str] = field(default_factory=list)
    lengths: Mapping[str, int] = field(default_factory=dict)
    tied: frozenset[str] = frozenset()

    def label(self, groups: Iterable[ComparisonTable]) -> list[ComparisonTable]:
        """Say in the groups that compare these records how they were counted."""
        if isinstance(self.profile, Standard):
            return list(groups)
        return [replace(one, profile=self.profile.name, notes=(*one.notes, *self._notes(one))) for one in groups]

    def _notes(self, group: ComparisonTable) -> Iterator[str]:
        runs = {row.record.run_id for row in group.rows}
        if not runs:
            return
        yield (
            f"Profile {self.profile.name}: {self.profile.differs}. hr, recall, precision and ndcg are counted again "
            "from the stored hits; other metrics are as in the records."
        )
        if runs & self.tied:
            yield "Where scores tie, what is counted again is of the order that was drawn, not the expected value."
        if not self.profile.lists:
            return
        lengths = sorted({self.profile.list_length(self.lengths[run]) for run in runs})
        if odd := [length for length in lengths if length not in self.profile.lists]:
            yield f"The published lists have {_or(self.profile.lists)} places, rankings here {_or(odd)}."
        if len(lengths) > 1:
            yield f"ndcg is not comparable throughout: it is of rankings of {_or(lengths)} places."


def rescore(placed: Iterable[tuple[Path, RunRecord]], name: str) -> Rescored:
    """Count the metrics of records, each given with its file, by the profile of that name.

    Nothing is read for `standard`. Failed records stay as they are.
    """
    profile, files = PROFILES[name], list(placed)
    if isinstance(profile, Standard):
        return Rescored(profile, [record for _, record in files])
    records, left_out, lengths = [], [], {}
    for file, record in files:
        if record.status == "failed":
            records.append(record)
            continue
        try:
            hits = _hits(file, record)
        except BadRecord as error:
            left_out.append(str(error))
        else:
            records.append(_counted(record, profile, hits))
            lengths[record.run_id] = hits.is_hit.shape[1]
    return Rescored(profile, records, left_out, lengths, frozenset(record.run_id for _, record in files if record.ties))


def _hits(file: Path, record: RunRecord) -> Hits:
    hits = ResultsFolder(file.parent).hits(record)
    longest, length = max(_ks(record), default=0), hits.is_hit.shape[1]
    if longest > length:
        text = f"{file}: metrics at {longest} beside hits of {length} places; run it again: {record.command}"
        raise BadRecord(text)
    return hits


def _counted(record: RunRecord, profile: Profile, hits: Hits) -> RunRecord:
    """Replace the metrics that the profile has; their ranges over ties, which are those of others, are dropped."""
    asked = hits.n_relevant > 0
    found, n_relevant = hits.is_hit[asked], hits.n_relevant[asked]
    by_k = {k: profile.per_user(found, n_relevant, k) for k in _ks(record)}
    counted = {f"{name}@{k}": float(values.mean()) for k, named in by_k.items() for name, values in named.items()}
    metrics = {name: counted.get(name, value) for name, value in record.metrics.items()}
    ties = {name: one for name, one in record.ties.items() if name not in counted}
    return record.model_copy(update={"metrics": metrics, "ties": ties})


def _ks(record: RunRecord) -> set[int]:
    return {int(match["k"]) for match in map(METRIC.fullmatch, record.metrics) if match}


def _or(numbers: Iterable[int]) -> str:
    return " or ".join(f"{number:,}" for number in numbers)
