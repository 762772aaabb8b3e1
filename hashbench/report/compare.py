"""Ranks records a data set at a time; records of different data or splits are never ranked together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from hashbench.errors import HashbenchError, UnknownName, did_you_mean
from hashbench.report.columns import (
    DEVIATION,
    NOTHING,
    SORTABLE,
    TIES,
    Column,
    column,
    default_metric,
    main_metrics,
    metrics_of,
    quality,
    value_of,
)
from hashbench.report.seeds import SeedAggregate, aggregate_seeds, alone
from hashbench.results.record import RunRecord
from hashbench.training.options import TrainingOptions

FLOAT = "continuous"
ONE_VALUE = 4
"""Bytes of an item that has one float32."""
PARTS = ("encoder", "head", "objective", "retriever")
IDENTITY = ("encoder", "head", "n_bits", "objective", "train_head", "options", "retriever", "seed")
FIGURES = ("p50_ms", "batch_qps", "speed_up", "bytes_per_item", "retained", "train_seconds", "run")
OWN_FLOAT = "*"


@dataclass(frozen=True)
class Row:
    """A record among those it may be compared with; `own_float` marks % retained of its own model's float search.

    Of several seeds `record` holds the means, and `members` are the runs.
    """

    record: RunRecord
    rank: int | None
    values: Mapping[str, Any]
    own_float: bool = False
    members: tuple[RunRecord, ...] = ()


@dataclass(frozen=True)
class ComparisonTable:
    """The records of one data set and split, best first; failed ones apart.

    `profile` is the metric profile by which metrics were counted again, if they were.
    """

    title: str
    notes: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    failed: tuple[RunRecord, ...]
    best: Mapping[str, float]
    sort: str
    profile: str | None = None

    def text(self, row: Row, shown: Column) -> str:
        """Return what stands in a cell."""
        text = shown.text(row.values.get(shown.key))
        if (deviation := row.values.get(shown.key + DEVIATION)) is not None:
            text += f" ±{quality(deviation)}"
        return text + OWN_FLOAT if shown.key == "retained" and row.own_float else text

    def is_best(self, row: Row, shown: Column) -> bool:
        """Say whether a cell holds the best value of its column."""
        return shown.key in self.best and row.values.get(shown.key) == self.best[shown.key]


@dataclass
class _Members:
    title: str
    ok: list[RunRecord] = field(default_factory=list)
    failed: list[RunRecord] = field(default_factory=list)


def compare(
    records: Iterable[RunRecord],
    sort: str | None = None,
    baseline: RunRecord | None = None,
    ties: bool = False,
    pooled: bool = False,
) -> list[ComparisonTable]:
    """Return the groups of a comparison, sorted by a metric or a figure (default: HR at the smallest k).

    `baseline` replaces the best float search as what speed-up and % retained of its group refer to; with `ties` each
    shown metric is followed by its range over the orders of tied items. `pooled` puts runs that differ in their seed
    alone into one row.
    """
    listed = list(records)
    if baseline is not None and baseline.status != "ok":
        raise HashbenchError(f"Run {baseline.run_id} failed ({baseline.error}), so it cannot be the baseline.")
    known = [*metrics_of(listed), *SORTABLE]
    if sort is not None and sort not in known:
        raise UnknownName(
            f"There is no column '{sort}' to sort by.{did_you_mean(sort, known)} Columns: {', '.join(known)}."
        )
    short = _short_ids(listed)
    return [_group(members, sort, baseline, short, ties, pooled) for members in _divide(listed)]


def _divide(records: list[RunRecord]) -> list[_Members]:
    keys: dict[int, tuple[str, str, str]] = {}
    for record in records:
        data = record.data.fingerprint if record.data else ""
        keys[id(record)] = (_text(record, "dataset"), data, _text(record, "split"))
    conflicting = _conflicting_splits(records, keys)
    members: dict[tuple[str, ...], _Members] = {}
    for record in sorted(records, key=lambda one: (one.data is None, keys[id(one)])):
        key: tuple[str, ...] = keys[id(record)]
        if record.data and key in conflicting:
            key = (*key, record.data.split_fingerprint)
        if record.data is None and record.status == "failed":
            alike = [known for known in members if (known[0], known[2]) == (key[0], key[2])]
            key = alike[0] if len(alike) == 1 else key
        group = members.setdefault(key, _Members(""))
        (group.ok if record.status == "ok" else group.failed).append(record)
    for key, group in members.items():
        group.title = _title(key, list(members), [*group.ok, *group.failed])
    return [members[key] for key in sorted(members)]


def _conflicting_splits(records: list[RunRecord], keys: Mapping[int, tuple[str, str, str]]) -> set[tuple[str, ...]]:
    splits: dict[tuple[Any, ...], set[str]] = {}
    for record in records:
        if record.data is not None:
            splits.setdefault((keys[id(record)], record.seed), set()).add(record.data.split_fingerprint)
    return {key for (key, _), fingerprints in splits.items() if len(fingerprints) > 1}


def _title(key: tuple[str, ...], keys: list[tuple[str, ...]], records: list[RunRecord]) -> str:
    dataset, data, split = key[:3]
    parts = [dataset, f"split {split}"]
    counts = next((record.data for record in records if record.data), None)
    if counts is not None:
        parts.append(f"{counts.n_users} users × {counts.n_items} items")
    if len({other[1] for other in keys if other[0] == dataset and other[1]}) > 1 and data:
        parts.append(f"data {data[:8]}, which differs from the other {dataset}")
    if len(key) > 3:
        parts.append(f"split fingerprint {key[3][:8]}, which differs from the other of one seed")
    return " · ".join(parts)


def _group(
    members: _Members,
    sort: str | None,
    baseline: RunRecord | None,
    short: Mapping[str, str],
    ties: bool,
    pooled: bool,
) -> ComparisonTable:
    pools = aggregate_seeds(members.ok) if pooled else alone(members.ok)
    from_record = {one.record.run_id: one for one in pools}
    records = [one.record for one in pools]
    metrics = metrics_of(records)
    sort = sort or default_metric(metrics) or "p50_ms"
    metric = sort if sort in metrics else default_metric(metrics)
    shown = main_metrics(metrics)
    extra = [sort] if sort not in (*shown, *FIGURES) else []
    identity = _identities(pools)
    chosen = next((one.record for one in pools if baseline is not None and _among(baseline, one)), None)
    fastest = chosen or _fastest_float(records)
    rows = []
    for record in records:
        reference, own = (chosen, False) if chosen else _float_reference(record, records, metric, from_record)
        pool_here = from_record[record.run_id]
        values: dict[str, Any] = {key: value_of(record, key) for key in (*metrics, *SORTABLE)}
        values |= identity[record.run_id] | {"run": short[record.run_id]} | _ranges(record, shown)
        values |= {name + DEVIATION: one for name, one in pool_here.deviations.items()}
        values["speed_up"] = _ratio(fastest, record, "p50_ms")
        values["retained"] = _ratio(record, reference, metric, higher=metric is None or column(metric).better > 0)
        rows.append(Row(record, None, values, own and values["retained"] is not None, pool_here.members))
    placed = ranked(rows, column(sort))
    names = [name for name in IDENTITY if name == "retriever" or _varies(row.values[name] for row in rows)]
    if ties:
        shown = [key for name in shown for key in (name, name + TIES)]
    columns = tuple(column(key) for key in (*names, *shown, *extra, *FIGURES))
    return ComparisonTable(
        members.title,
        tuple(_notes(placed, set(names), sort, metric, fastest, chosen, short)),
        columns,
        tuple(placed),
        tuple(members.failed),
        best_of(placed, columns),
        sort,
    )


def _ranges(record: RunRecord, metrics: Iterable[str]) -> dict[str, tuple[float, float] | None]:
    return {
        name + TIES: (ends.low, ends.high) if (ends := record.ties.get(name)) is not None else None for name in metrics
    }


def _among(record: RunRecord, aggregate_seeds: SeedAggregate) -> bool:
    return any(member.run_id == record.run_id for member in aggregate_seeds.members)


def _identities(pools: list[SeedAggregate]) -> dict[str, dict[str, Any]]:
    """Name each record's parts: bare, or with parameters where bare names would hide a difference."""
    records = [one.record for one in pools]
    seeds = {one.record.run_id: one.seeds_text if len(one.seeds) > 1 else one.record.seed for one in pools}
    extras = {record.run_id: _options(record) for record in records}
    fitted = {record.run_id for record in records if _only_fitted(record)}
    asked = {
        name: [run for run in extras if run not in fitted or name not in _DEFAULTS]
        for name in sorted({name for extra in extras.values() for name in extra})
    }
    differing = {name: runs for name, runs in asked.items() if _varies(extras[run].get(name) for run in runs)}
    full = {part: _needs_parameters(records, part) for part in PARTS}
    return {
        record.run_id: {
            **{part: _text(record, part) if full[part] else _bare(getattr(record, part)) for part in PARTS},
            "n_bits": record.n_bits,
            "train_head": record.train_head,
            "seed": seeds[record.run_id],
            "options": " ".join(
                f"{name}={extras[record.run_id].get(name, NOTHING)}"
                for name, runs in differing.items()
                if record.run_id in runs
            )
            or None,
        }
        | (dict.fromkeys(("objective", "train_head")) if record.run_id in fitted else {})
        for record in records
    }


def _only_fitted(record: RunRecord) -> bool:
    """Say whether nothing of the model was trained by an objective, which its record names all the same."""
    return bool(record.training) and all(stage.stopped == "fitted" for stage in record.training)


def _needs_parameters(records: list[RunRecord], part: str) -> bool:
    texts: dict[tuple[str, int | None], set[str]] = {}
    for record in records:
        bits = record.n_bits if part == "head" else None
        texts.setdefault((_bare(getattr(record, part)), bits), set()).add(_text(record, part))
    return any(len(alike) > 1 for alike in texts.values())


_DEFAULTS = asdict(TrainingOptions())


def _options(record: RunRecord) -> dict[str, str]:
    """Return what else the run was given, the options of training with their defaults.

    An option that came after a record was written has its default there: that is how it was trained.
    """
    known = {*PARTS, "dataset", "split", "seed", "train_head"}
    options = {name: value for name, value in record.spec.items() if name not in known}
    if isinstance(training := record.resolved.get("training"), dict):
        training = {} if _only_fitted(record) else _DEFAULTS | training
        options = {name: value for name, value in options.items() if name != "training"} | training
    return {name: ",".join(map(str, one)) if isinstance(one, list) else str(one) for name, one in options.items()}


def ranked(rows: list[Row], by: Column) -> list[Row]:
    """Return the rows best first by a column, each with its rank; those without a value come last."""

    def place(row: Row) -> tuple[Any, ...]:
        value = row.values.get(by.key)
        return (value is None, 0 if value is None else -by.better * value, *_labels(row.record))

    found: list[Row] = []
    for position, row in enumerate(sorted(rows, key=place), start=1):
        value = row.values.get(by.key)
        tied = bool(found) and found[-1].values.get(by.key) == value
        rank = None if value is None else found[-1].rank if tied else position
        found.append(replace(row, rank=rank))
    return found


def best_of(rows: list[Row], columns: Iterable[Column]) -> dict[str, float]:
    """Return the best value of each column that has a better side and different values."""
    best = {}
    for shown in columns if rows else ():
        present = [row.values.get(shown.key) for row in rows] if shown.better else []
        values = {value for value in present if value is not None}
        if len(values) > 1:
            best[shown.key] = max(values) if shown.better > 0 else min(values)
    return best


def _fastest_float(records: Iterable[RunRecord]) -> RunRecord | None:
    """Return the fastest search of float vectors; where there is none, of items with a value each, as most_popular has.

    Such items are in one order for everybody, so that a search is no measure of others.
    """
    timed = [(value_of(record, "p50_ms"), record) for record in records if _bare(record.retriever) == FLOAT]
    known = [(record.bytes_per_item == ONE_VALUE, time, record) for time, record in timed if time is not None]
    return min(known, key=lambda one: (*one[:2], one[2].run_id))[2] if known else None


def _float_reference(
    record: RunRecord, records: list[RunRecord], metric: str | None, pools: Mapping[str, SeedAggregate]
) -> tuple[RunRecord | None, bool]:
    if metric is None:
        return None, False
    scored = [one for one in records if _bare(one.retriever) == FLOAT and value_of(one, metric) is not None]
    seeds = pools[record.run_id].seeds
    floats = [
        one
        for one in scored
        if _bare(one.head) == FLOAT
        and _text(one, "encoder") == _text(record, "encoder")
        and pools[one.run_id].seeds == seeds
    ]
    if floats:
        sign = column(metric).better
        return max(floats, key=lambda one: sign * (value_of(one, metric) or 0.0)), False
    return next((one for one in scored if one.model_id == record.model_id), None), True


def _ratio(over: RunRecord | None, under: RunRecord | None, key: str | None, higher: bool = True) -> float | None:
    if over is None or under is None or key is None:
        return None
    first, second = (value_of(one, key) for one in ((over, under) if higher else (under, over)))
    ratio = first / second if first is not None and second else math.nan
    return ratio if math.isfinite(ratio) else None


def _notes(
    rows: list[Row],
    shown: set[str],
    sort: str,
    metric: str | None,
    fastest: RunRecord | None,
    chosen: RunRecord | None,
    short: Mapping[str, str],
) -> Iterator[str]:
    if not rows:
        return
    words: dict[str, Callable[[Any], str]] = {
        "encoder": lambda text: f"encoder {text}",
        "head": lambda text: f"head {text}",
        "n_bits": lambda bits: f"{bits} bits",
        "objective": lambda text: f"objective {text}",
        "train_head": lambda text: "head trained after the encoder" if text == "post_hoc" else "",
        "seed": lambda seed: f"seeds {seed}" if isinstance(seed, str) else f"seed {seed}",
    }
    first = rows[0].values
    same = [word(first[name]) for name, word in words.items() if name not in shown and first[name] is not None]
    if any(same):
        yield "All rows: " + ", ".join(filter(None, same)) + "."
    about = [f"Sorted by {sort}"]
    if fastest is not None:
        what = "the baseline" if chosen else "the fastest float search"
        about.append(f"speed-up in p50 over {what}, {_name(fastest)} (run {short[fastest.run_id]})")
    if chosen is not None:
        about.append(f"% retained of its {metric}")
    elif any(row.values["retained"] is not None and not row.own_float for row in rows):
        about.append(f"% retained of the {metric} of the same encoder and seed without hashing")
    yield "; ".join(about) + "."
    if any(row.own_float for row in rows):
        yield f"{OWN_FLOAT} % retained of the same model's own float search, for want of a run without hashing."
    if any(len(row.members) > 1 for row in rows):
        yield "Rows of several seeds: means, ± the standard deviation over seeds (--each shows the runs)."
    measured = {
        (row.record.machine.cpu, row.record.latency.batch_threads, row.record.latency.k)
        for row in rows
        if row.record.latency
    }
    if any(row.record.ties.keys() & main_metrics(row.record.metrics) for row in rows):
        yield "Where scores tie, metrics are their expected values over the orders of ties (--ties shows the range)."
    if noisy := [short[row.record.run_id] for row in rows if row.record.latency and row.record.latency.noisy]:
        yield f"Latency beside other processes, or unsteady: {', '.join(noisy)} (hashbench bench RUN --save)."
    if len(measured) > 1:
        yield "Times are not comparable throughout: they were taken on different machines, threads or k."


def _name(record: RunRecord) -> str:
    bits = f" {record.n_bits} bits" if record.n_bits else ""
    return f"{_bare(record.encoder)} {_bare(record.head)}{bits} {_bare(record.retriever)} seed {record.seed}"


def _short_ids(records: Iterable[RunRecord]) -> dict[str, str]:
    ids = sorted({record.run_id for record in records})
    length = 4
    while len({one[:length] for one in ids}) < len(ids):
        length += 1
    return {one: one[:length] for one in ids}


def _labels(record: RunRecord) -> tuple[Any, ...]:
    return (*(_text(record, part) for part in PARTS), record.n_bits or 0, record.seed, record.run_id)


def _varies(values: Iterable[Any]) -> bool:
    return len(set(values)) > 1


def _text(record: RunRecord, part: str) -> str:
    return str(record.spec.get(part, getattr(record, part)))


def _bare(text: str) -> str:
    return text.partition(":")[0]
