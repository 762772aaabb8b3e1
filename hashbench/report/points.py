"""What figures are drawn of: one flat row a point, from the groups of a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hashbench.report.columns import column
from hashbench.report.compare import IDENTITY, ComparisonTable, Row
from hashbench.results.per_user import Hits
from hashbench.results.record import CodeSummary, EpochSummary, RunRecord
from hashbench.spec import ComponentSpec, identity

Point = dict[str, Any]
HitsOf = Callable[[RunRecord], Hits | None]

COMPONENTS = ("dataset", "split", "encoder", "head", "objective", "retriever")
"""The parts of a run whose parameters a record has by the component's name."""

WITH_PARAMETERS = (*COMPONENTS, "training")
"""What of a run has parameters."""

_Told = dict[tuple[str, str], set[str]]
"""Names of parameters by part and component."""

LONGEST = 60
"""Places of a ranking that a line by n has a point at, at most."""


@dataclass(frozen=True)
class Names:
    """What tells the rows of a group apart, by run id: the method alone, the retriever, and both."""

    method: dict[str, str]
    retriever: dict[str, str]

    @classmethod
    def of(cls, group: ComparisonTable) -> Names:
        """Name each row by its head, and by as little else as tells the methods of the group apart."""
        chosen = [name for name in IDENTITY if name != "retriever"]
        full = _methods(group, chosen)
        for name in reversed([one for one in chosen if one != "head"]):
            fewer = [one for one in chosen if one != name]
            if len(set(_methods(group, fewer).values())) == len(set(full.values())):
                chosen = fewer
        return cls(_methods(group, chosen), {row.record.run_id: str(row.values["retriever"]) for row in group.rows})

    def __getitem__(self, row: Row) -> Point:
        run = row.record.run_id
        return {"method": self.method[run], "retriever": self.retriever[run], "run": str(row.values["run"])}


def trade_off(group: ComparisonTable, quality: str, cost: str) -> list[Point]:
    """Return each row's quality and cost, and whether it is on the front.

    There no other row is better in one of them and no worse in the other.
    """
    names, better, cheaper = Names.of(group), column(quality).better, column(cost).better
    rows = [row for row in group.rows if row.values.get(quality) is not None and row.values.get(cost) is not None]
    points = []
    for row in rows:
        own = better * row.values[quality], cheaper * row.values[cost]
        others = ((better * other.values[quality], cheaper * other.values[cost]) for other in rows)
        beaten = any(a >= own[0] and b >= own[1] and (a, b) != own for a, b in others)
        front = {"front": not beaten, "quality": row.values[quality], "cost": row.values[cost]}
        shown = {name: column(name).text(row.values[name]) for name in (quality, cost)}
        points.append(names[row] | front | shown)
    return points


def hit_rates(group: ComparisonTable, hits: HitsOf) -> list[Point]:
    """Return the hit rate at each n up to the length of the rankings (HashGNN, figure 3), means over users and seeds.

    It is of the order that was drawn for tied items. `hits` gives a record's; a row without them is left out.
    """
    names, points = Names.of(group), []
    for row in group.rows:
        found = [hits(member) for member in row.members]
        by_n = [_hit_rate(one) for one in found if one is not None]
        if len(by_n) < len(found):
            continue
        longest = min(len(one) for one in by_n)
        points += [names[row] | {"n": n, "hr": sum(one[n - 1] for one in by_n) / len(by_n)} for n in _places(longest)]
    return points


def epochs(group: ComparisonTable) -> list[Point]:
    """Return the points of the training curves, a curve for each model and stage."""
    names, points, seen = Names.of(group), [], set()
    for row in group.rows:
        for member in row.members:
            if member.model_id in seen:
                continue
            seen.add(member.model_id)
            for stage in member.training:
                about = {"method": names[row]["method"], "seed": member.seed, "stage": stage.stage}
                points += [about | {"kept": one.epoch == stage.best_epoch} | _epoch(one) for one in stage.history]
    return points


def sweep(group: ComparisonTable, over: str, quality: str) -> list[Point]:
    """Return quality and time by a numeric parameter, such as "head.bits" or "retriever.candidates".

    A line is of rows that differ in that parameter alone, of which there are two or more.
    """
    part, _, parameter = over.partition(".")
    told = _told_by_all(group)
    lines: dict[str, dict[float, Row]] = {}
    for row in group.rows:
        value, rest = _without(row.record, part, parameter, told)
        if value is not None and row.values.get(quality) is not None:
            lines.setdefault(rest, {})[value] = row
    kept = [line for line in lines.values() if len(line) > 1]
    names = Names.of(replace(group, rows=tuple(_bare(line[min(line)], part, parameter) for line in kept)))
    return [
        names[line[min(line)]]
        | {"run": str(row.values["run"]), "value": value, "quality": row.values[quality]}
        | {"p50_ms": row.values.get("p50_ms")}
        for line in kept
        for value, row in sorted(line.items())
    ]


def _without(record: RunRecord, part: str, parameter: str, told: _Told) -> tuple[float | None, str]:
    """Return a parameter's value, None unless it is a number, and what identifies a run but for it, seed and k.

    That is what was asked, and the values of parameters that all records tell of: a default may have changed since.
    """
    value = _parameters(record, part).get(parameter)
    rest = {name: text for name, text in record.spec.items() if name not in ("seed", "data", "k")}
    if part in rest:
        given = ComponentSpec.parse(rest[part])
        rest[part] = [given.name, {name: text for name, text in given.parameters.items() if name != parameter}]
    values = [
        (one, name, _parameters(record, one)[name])
        for one in WITH_PARAMETERS
        for name in sorted(told[one, _component(record, one)])
        if (one, name) != (part, parameter)
    ]
    apart = identity({**rest, "train_head": record.train_head, "values": values})
    return (value if isinstance(value, int | float) and not isinstance(value, bool) else None), apart


def _told_by_all(group: ComparisonTable) -> _Told:
    """Return the parameters that all records of a component tell of; others came after some of them were written."""
    found: _Told = {}
    for row in group.rows:
        for part in WITH_PARAMETERS:
            names = set(_parameters(row.record, part))
            key = part, _component(row.record, part)
            found[key] = found.get(key, names) & names
    return found


def _component(record: RunRecord, part: str) -> str:
    return str(record.resolved.get(part, {}).get("name", ""))


def _parameters(record: RunRecord, part: str) -> dict[str, Any]:
    values = record.resolved.get(part, {})
    found: dict[str, Any] = values.get("parameters", {}) if part in COMPONENTS else values
    return found


def _bare(row: Row, part: str, parameter: str) -> Row:
    """Return the row without that parameter in its name."""
    if part not in COMPONENTS:
        return replace(row, values={**row.values, "options": None})
    changed = {part: row.record.resolved[part]["name"]} | ({"n_bits": None} if parameter == "bits" else {})
    return replace(row, values={**row.values, **changed})


def qualities(group: ComparisonTable, quality: str) -> list[Point]:
    """Return each row's quality."""
    names = Names.of(group)
    known = [row for row in group.rows if row.values.get(quality) is not None]
    return [names[row] | {"quality": row.values[quality]} for row in known]


def bits(group: ComparisonTable) -> list[Point]:
    """Return for each bit of each method's items the share of ones and the entropy, of the first seed."""
    return [
        {"method": method, "bit": bit, "ones": ones, "entropy": entropy}
        for method, codes in _codes(group)
        for bit, (ones, entropy) in enumerate(zip(codes.items.ones, codes.items.entropy, strict=True))
    ]


def distances(group: ComparisonTable) -> list[Point]:
    """Return for each method how users' Hamming distances to items are distributed, as shares; of the first seed."""
    return [
        {"method": method, "distance": distance, "share": n / sum(codes.distances)}
        for method, codes in _codes(group)
        if codes.distances is not None
        for distance, n in enumerate(codes.distances)
    ]


def _codes(group: ComparisonTable) -> Iterator[tuple[str, CodeSummary]]:
    names, seen = Names.of(group), set()
    for row in group.rows:
        if row.record.codes is not None and row.record.model_id not in seen:
            seen.add(row.record.model_id)
            yield names[row]["method"], row.record.codes


def _methods(group: ComparisonTable, parts: Sequence[str]) -> dict[str, str]:
    return {row.record.run_id: " ".join(_words(row, parts)) for row in group.rows}


def _words(row: Row, parts: Sequence[str]) -> Iterator[str]:
    for name in parts:
        value = row.values[name]
        if value is None or (name, value) == ("train_head", "joint"):
            continue
        told = {"n_bits": f"{value} bits", "train_head": "trained after", "seed": f"seed {value}"}
        yield told.get(name, str(value))


def _epoch(one: EpochSummary) -> Point:
    return {"epoch": one.epoch, "loss": one.loss, "validation HR": one.valid_hr, "AUC": one.auc}


def _hit_rate(hits: Hits) -> list[float]:
    asked = hits.n_relevant > 0
    found = hits.is_hit[asked].cumsum(axis=1) / hits.n_relevant[asked, None]
    return [float(one) for one in found.mean(axis=0)]


def _places(longest: int) -> Iterable[int]:
    step = max(1, -(-longest // LONGEST))
    return sorted({1, *range(step, longest + 1, step), longest})
