"""One record as sections of labelled lines, for `hashbench show`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hashbench.reporting.columns import column_of
from hashbench.reporting.metric_names import base_name, cutoff, definition, metrics_of
from hashbench.reporting.number_format import counted, memory_size, three_digits, whole
from hashbench.results.record import EpochSummary, Latency, RunRecord, Stages

BARS = "▁▂▃▄▅▆▇█"
SPARKLINE_WIDTH = 40

Section = tuple[str, list[tuple[str, str]]]
"""A title, and lines with their labels."""


def record_sections(record: RunRecord) -> list[Section]:
    """Return what a record holds, as sections of labelled lines; what it lacks is left out."""
    sections = [
        ("Run", _run(record)),
        ("Figures", _figures(record)),
        ("Parameters", _parameters(record.resolved)),
        ("Data", _data(record)),
        ("Training", _training(record)),
        ("Phases", list(_phases(record))),
        ("Machine", _machine(record)),
        ("Versions", _versions(record)),
        ("To repeat it", [("", record.command)]),
    ]
    return [(title, listed) for title, lines in sections if (listed := list(lines))]


def sparkline(values: Sequence[float], width: int = SPARKLINE_WIDTH) -> str:
    """Draw a curve in one line of at most `width` characters; "!" is a value that is not finite."""
    count = min(width, len(values))
    picked = [values[round(index * (len(values) - 1) / max(count - 1, 1))] for index in range(count)]
    finite = [value for value in picked if math.isfinite(value)]
    low = min(finite, default=0.0)
    span = max(finite, default=0.0) - low

    def bar(value: float) -> str:
        return BARS[int((value - low) / span * (len(BARS) - 1) + 0.5) if 0 < span < math.inf else 0]

    return "".join(bar(value) if math.isfinite(value) else "!" for value in picked)


def _run(record: RunRecord) -> Iterator[tuple[str, str]]:
    bits = f", {record.n_bits} bits" if record.n_bits else ""
    trained = " trained after the encoder" if record.train_head == "post_hoc" else ""
    yield "model", f"{record.encoder} + {record.head}{trained}{bits}, searched by {record.retriever}"
    yield "data set", f"{record.dataset}, split {record.split}"
    yield "objective", record.objective
    yield "seed", str(record.seed)
    yield "run", f"{record.run_id} (model {record.model_id})"
    yield "written", record.created
    yield "status", record.status + (f": {record.error}" if record.error else "")


def _figures(record: RunRecord) -> Iterator[tuple[str, str]]:
    yield from _metrics(record)
    if record.latency is not None:
        yield from _latency(record.latency)
    if record.bytes_per_item is not None:
        index = f" (index {memory_size(record.index_bytes)})" if record.index_bytes is not None else ""
        yield "bytes per item", whole(record.bytes_per_item) + index
    if record.train_seconds is not None:
        yield "training", f"{three_digits(record.train_seconds)} s"
    if record.peak_memory_bytes is not None:
        yield "peak memory", memory_size(record.peak_memory_bytes)


def _metrics(record: RunRecord) -> Iterator[tuple[str, str]]:
    names = metrics_of([record])
    for base in dict.fromkeys(map(base_name, names)):
        of_base = [name for name in names if base_name(name) == base]
        values = [column_of(name).text(record.metrics[name]) + _at_k(name) for name in of_base]
        meaning = definition(base)
        explained = [*values, f"= {meaning.partition(' = ')[2]}"] if meaning else values
        yield base, "   ".join(explained)
    for name, ends in record.ties.items():
        low, high = column_of(name).text(ends.low), column_of(name).text(ends.high)
        yield f"{name} ties", f"{low} to {high} over the orders of tied items"


def _latency(latency: Latency) -> Iterator[tuple[str, str]]:
    percentiles = ((50, latency.p50_ms), (95, latency.p95_ms), (99, latency.p99_ms))
    yield "single query", "   ".join(f"p{share} {three_digits(value)} ms" for share, value in percentiles)
    yield "batches", f"{three_digits(latency.batch_qps)} queries/s in batches of {latency.batch_size}"
    batch_threads = counted(latency.batch_threads, "thread")
    yield "timed with", f"k = {latency.k}, {latency.queries} queries on 1 thread, batches on {batch_threads}"
    if latency.backend:
        yield "backend", latency.backend + (f", batches {latency.batch_backend}" if latency.batch_backend else "")
    if latency.stages is not None:
        yield "stages", ", ".join(_stages(latency.stages))
    if warning := noise(latency):
        yield "warning", warning


def _phases(record: RunRecord) -> Iterator[tuple[str, str]]:
    for name, seconds in record.phase_seconds.items():
        n_bytes = record.phase_memory_bytes.get(name)
        yield name, f"{three_digits(seconds)} s" + (f", at most {memory_size(n_bytes)}" if n_bytes is not None else "")


def _stages(stages: Stages) -> Iterator[str]:
    for name in Stages.model_fields:
        if (value := getattr(stages, name)) is not None:
            yield f"{name.removesuffix('_ms')} {three_digits(value)} ms"


def noise(latency: Latency) -> str | None:
    """Say why times are not reliable; None if they are."""
    if not latency.noisy:
        return None
    load = f"other processes used {latency.background_load or 0:.2f} cores"
    spread = f"repeats differed {latency.repeat_spread or 1:.2f}-fold"
    return f"noisy ({load}, {spread}); hashbench bench RUN --save measures again"


def _parameters(resolved: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for part, value in resolved.items():
        if isinstance(value, dict) and set(value) == {"name", "parameters"}:
            parameters = ", ".join(f"{name}={text}" for name, text in value["parameters"].items())
            yield part, value["name"] + (f": {parameters}" if parameters else "")
        elif isinstance(value, dict):
            yield part, ", ".join(f"{name}={text}" for name, text in value.items())
        else:
            yield part, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _data(record: RunRecord) -> Iterator[tuple[str, str]]:
    if record.data is None:
        return
    data = record.data
    yield "source", data.source
    yield "size", f"{data.n_users:,} users, {data.n_items:,} items"
    yield "interactions", f"{data.n_train:,} train, {data.n_valid:,} validation, {data.n_test:,} test"
    if data.merged or data.skipped:
        yield "left out", f"{data.merged:,} repeated pairs merged, {data.skipped:,} bad rows skipped"
    yield "fingerprint", data.fingerprint
    yield "split", data.split_fingerprint


def _training(record: RunRecord) -> Iterator[tuple[str, str]]:
    for stage in record.training:
        if stage.epochs:
            epochs = (
                f"{counted(stage.epochs, 'epoch')}, best {stage.best_epoch}, {stage.seconds:.1f} s: {stage.stopped}"
            )
        else:
            epochs = f"{stage.seconds:.1f} s: {stage.stopped}"
        yield stage.stage, epochs
        yield from _curve(stage.stage, stage.history)


def _curve(stage: str, points: Sequence[EpochSummary]) -> Iterator[tuple[str, str]]:
    for name in ("loss", "valid_hr", "auc", "schedule"):
        values = [value for point in points if (value := getattr(point, name)) is not None]
        if values:
            ends = f"{_plain(values[0])} → {_plain(values[-1])}"
            yield f"{stage} {name.replace('_', ' ')}", f"{sparkline(values)}  {ends}"


def _machine(record: RunRecord) -> Iterator[tuple[str, str]]:
    machine = record.machine
    yield "processor", f"{machine.cpu}, {counted(machine.cores, 'core')}, {memory_size(machine.memory_bytes)}"
    load = f", load before {machine.load_before:.2f}" if machine.load_before is not None else ""
    processes = f"{machine.processes} processes of " if machine.processes > 1 else ""
    yield "device", f"{machine.device}, {processes}{counted(machine.threads, 'thread')}{load}"
    yield "system", machine.system


def _versions(record: RunRecord) -> Iterator[tuple[str, str]]:
    versions = record.versions
    commit = f" ({versions.commit})" if versions.commit else ""
    yield "hashbench", f"{versions.hashbench}{commit}, Python {versions.python}"
    for label, names in (("packages", versions.packages), ("plugins", versions.plugins)):
        if names:
            yield label, _pairs(names.items())


def _pairs(items: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {version}" for name, version in items)


def _at_k(metric: str) -> str:
    return f" @{cutoff(metric)}" if "@" in metric else ""


def _plain(value: float) -> str:
    return f"{value:.4g}"
