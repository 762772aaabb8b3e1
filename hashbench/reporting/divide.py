"""Divides records into groups that may be ranked together: those of the same data and split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hashbench.reporting.row_labels import full_text
from hashbench.results.record import RunRecord

Key = tuple[str, ...]
"""Data set, fingerprint of the data and split; the fingerprint of the split too where one seed has several."""


@dataclass
class RecordGroup:
    """Records of the same data and split, apart by whether the run succeeded."""

    title: str = ""
    succeeded: list[RunRecord] = field(default_factory=list)
    failed: list[RunRecord] = field(default_factory=list)


def divide_records(records: Iterable[RunRecord]) -> list[RecordGroup]:
    """Return groups of records that may be ranked together, in the order of their titles.

    Records of different data or splits are in different groups, and so are two split fingerprints of one seed. A
    record without a fingerprint is in a group of its own, but a failed run joins the only group of its data set and
    split.
    """
    listed = list(records)
    keys = {id(record): _key(record) for record in listed}
    conflicting = _conflicting_splits(listed, keys)
    groups: dict[Key, RecordGroup] = {}
    for record in sorted(listed, key=lambda record: (record.data is None, keys[id(record)])):
        key = keys[id(record)]
        if record.data is not None and key in conflicting:
            key = (*key, record.data.split_fingerprint)
        if record.data is None and record.status == "failed":
            alike = [other for other in groups if (other[0], other[2]) == (key[0], key[2])]
            key = alike[0] if len(alike) == 1 else key
        group = groups.setdefault(key, RecordGroup())
        (group.succeeded if record.status == "ok" else group.failed).append(record)
    for key, group in groups.items():
        group.title = _title(key, list(groups), [*group.succeeded, *group.failed])
    return [groups[key] for key in sorted(groups)]


def _key(record: RunRecord) -> Key:
    return full_text(record, "dataset"), record.data.fingerprint if record.data else "", full_text(record, "split")


def _conflicting_splits(records: list[RunRecord], keys: Mapping[int, Key]) -> set[Key]:
    """Return the keys of which one seed has several split fingerprints."""
    splits: dict[tuple[Key, Any], set[str]] = {}
    for record in records:
        if record.data is not None:
            splits.setdefault((keys[id(record)], record.seed), set()).add(record.data.split_fingerprint)
    return {key for (key, _), fingerprints in splits.items() if len(fingerprints) > 1}


def _title(key: Key, keys: list[Key], records: list[RunRecord]) -> str:
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
