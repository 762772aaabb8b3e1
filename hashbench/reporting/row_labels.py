"""Labels of a table's rows: the parts of each run, with parameters only where they tell rows apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from hashbench.reporting.number_format import MISSING
from hashbench.reporting.seeds import SeedAggregate
from hashbench.results.record import RunRecord
from hashbench.training.options import TrainingOptions

PARTS = ("encoder", "head", "objective", "retriever")
LABELS = ("encoder", "head", "n_bits", "objective", "train_head", "options", "retriever", "seed")
"""Keys of the columns that identify a row."""

_TRAINING_DEFAULTS = asdict(TrainingOptions())


def row_labels(aggregates: Sequence[SeedAggregate]) -> dict[str, dict[str, Any]]:
    """Return the values of the `LABELS` columns by run id.

    A part stands as its bare name, or with parameters where bare names would hide a difference. `options` are those
    that differ between rows. A model that was only fitted has no objective, no `train_head` and no training options.
    """
    records = [aggregate.record for aggregate in aggregates]
    options = {record.run_id: _options(record) for record in records}
    fitted = {record.run_id for record in records if _only_fitted(record)}
    differing = _differing_options(options, fitted)
    with_parameters = {part for part in PARTS if _needs_parameters(records, part)}
    labels: dict[str, dict[str, Any]] = {}
    for aggregate in aggregates:
        record = aggregate.record
        run = record.run_id
        texts = {
            part: full_text(record, part) if part in with_parameters else bare_name(getattr(record, part))
            for part in PARTS
        }
        differences = [f"{name}={options[run].get(name, MISSING)}" for name, runs in differing.items() if run in runs]
        labels[run] = {
            **texts,
            "n_bits": record.n_bits,
            "train_head": record.train_head,
            "seed": aggregate.seeds_text if len(aggregate.seeds) > 1 else record.seed,
            "options": " ".join(differences) or None,
        }
        if run in fitted:
            labels[run] |= {"objective": None, "train_head": None}
    return labels


def short_ids(records: Iterable[RunRecord]) -> dict[str, str]:
    """Return the beginning of each run id, four digits or as many as tell them apart."""
    ids = sorted({record.run_id for record in records})
    length = 4
    while len({run_id[:length] for run_id in ids}) < len(ids):
        length += 1
    return {run_id: run_id[:length] for run_id in ids}


def short_name(record: RunRecord) -> str:
    """Return a run's parts by their bare names, with bits and seed."""
    bits = f" {record.n_bits} bits" if record.n_bits else ""
    parts = f"{bare_name(record.encoder)} {bare_name(record.head)}{bits} {bare_name(record.retriever)}"
    return f"{parts} seed {record.seed}"


def sort_key(record: RunRecord) -> tuple[Any, ...]:
    """Return what orders records whose values are equal."""
    return (*(full_text(record, part) for part in PARTS), record.n_bits or 0, record.seed, record.run_id)


def full_text(record: RunRecord, part: str) -> str:
    """Return the canonical text of a part of the run, with its parameters."""
    return str(record.spec.get(part, getattr(record, part)))


def bare_name(text: str) -> str:
    """Return a component's name without its parameters."""
    return text.partition(":")[0]


def varies(values: Iterable[Any]) -> bool:
    """Say whether there are several different values."""
    return len(set(values)) > 1


def _differing_options(options: Mapping[str, Mapping[str, str]], fitted: set[str]) -> dict[str, list[str]]:
    """Return the options that differ, each with the runs that it applies to: training options to trained ones only."""
    names = sorted({name for of_run in options.values() for name in of_run})
    runs_of = {name: [run for run in options if run not in fitted or name not in _TRAINING_DEFAULTS] for name in names}
    return {name: runs for name, runs in runs_of.items() if varies(options[run].get(name) for run in runs)}


def _only_fitted(record: RunRecord) -> bool:
    """Say whether no stage was trained by the objective, which the record names nevertheless."""
    return bool(record.training) and all(stage.stopped == "fitted" for stage in record.training)


def _needs_parameters(records: Sequence[RunRecord], part: str) -> bool:
    texts: dict[tuple[str, int | None], set[str]] = {}
    for record in records:
        bits = record.n_bits if part == "head" else None
        texts.setdefault((bare_name(getattr(record, part)), bits), set()).add(full_text(record, part))
    return any(len(alike) > 1 for alike in texts.values())


def _options(record: RunRecord) -> dict[str, str]:
    """Return the other options of a run, those of training with their defaults.

    A record that was written before an option existed gets its default: the model was trained that way.
    """
    shown_elsewhere = {*PARTS, "dataset", "split", "seed", "train_head"}
    options = {name: value for name, value in record.spec.items() if name not in shown_elsewhere}
    if isinstance(training := record.resolved.get("training"), dict):
        training = {} if _only_fitted(record) else _TRAINING_DEFAULTS | training
        options = {name: value for name, value in options.items() if name != "training"} | training
    return {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in options.items()
    }
