"""The notes below a comparison table, in plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from hashbench.reporting.baselines import Baselines
from hashbench.reporting.metric_names import main_metrics
from hashbench.reporting.row_labels import short_name
from hashbench.reporting.table import OWN_FLOAT, Row

_IN_WORDS: Mapping[str, Callable[[Any], str]] = {
    "encoder": lambda text: f"encoder {text}",
    "head": lambda text: f"head {text}",
    "n_bits": lambda bits: f"{bits} bits",
    "objective": lambda text: f"objective {text}",
    "train_head": lambda text: "head trained after the encoder" if text == "post_hoc" else "",
    "seed": lambda seed: f"seeds {seed}" if isinstance(seed, str) else f"seed {seed}",
}


def table_notes(
    rows: Sequence[Row], shown: Collection[str], sort: str, baselines: Baselines, ids: Mapping[str, str]
) -> Iterator[str]:
    """Give the notes of a table whose label columns are `shown`; `ids` are the short run ids."""
    if not rows:
        return
    yield from _common_parts(rows[0], shown)
    yield f"Sorted by {sort}."
    yield from _about_ratios(rows, baselines, ids)
    if any(len(row.members) > 1 for row in rows):
        yield "Rows with several seeds show means, ± the standard deviation over seeds (--each shows the runs)."
    if any(row.record.ties.keys() & main_metrics(row.record.metrics) for row in rows):
        yield "Where scores tie, a metric is its expected value over the orders of ties (--ties shows its range)."
    yield from _about_times(rows, ids)


def _common_parts(row: Row, shown: Collection[str]) -> Iterator[str]:
    """Name what all rows have in common and no column shows."""
    hidden = {name: row.values[name] for name in _IN_WORDS if name not in shown}
    common = [_IN_WORDS[name](value) for name, value in hidden.items() if value is not None]
    if any(common):
        yield "All rows: " + ", ".join(filter(None, common)) + "."


def _about_ratios(rows: Sequence[Row], baselines: Baselines, ids: Mapping[str, str]) -> Iterator[str]:
    if (speed := baselines.speed) is not None:
        reference = "baseline" if baselines.chosen else "fastest float search"
        yield f"Speed-up over the p50 of the {reference}, {short_name(speed)} (run {ids[speed.run_id]})."
    if baselines.chosen is not None:
        yield f"% retained of the baseline's {baselines.metric}."
    elif any(row.values["retained"] is not None and not row.own_float for row in rows):
        yield f"% retained of the {baselines.metric} of the float reference: same encoder and seed, no hashing."
    if any(row.own_float for row in rows):
        yield f"{OWN_FLOAT} There is no float reference: the same model's float search stands for it."


def _about_times(rows: Sequence[Row], ids: Mapping[str, str]) -> Iterator[str]:
    timed = [(row.record, row.record.latency) for row in rows if row.record.latency is not None]
    if noisy := [ids[record.run_id] for record, latency in timed if latency.noisy]:
        yield f"Noisy times: {', '.join(noisy)} (hashbench bench RUN --save measures again)."
    if len({(record.machine.cpu, latency.batch_threads, latency.k) for record, latency in timed}) > 1:
        yield "Times are not all comparable: machines, threads or k differ."
