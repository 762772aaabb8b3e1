"""Filters records by a condition such as "bits == 64 and hr@50 > 0.2"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from hashbench.errors import BadParameter
from hashbench.reporting.columns import LATENCIES
from hashbench.results.record import RunRecord

FIELDS = ("dataset", "split", "encoder", "head", "objective", "train_head", "retriever", "seed", "status", "created")
FIGURES = ("bytes_per_item", "train_seconds")
_METRIC = re.compile(r"`[^`]*`|\b[A-Za-z_]\w*@\d+")

Located = tuple[Path, RunRecord]
"""A record with its file."""


def filter_records(located: Sequence[Located], condition: str) -> list[Located]:
    """Return the records that fulfil a condition (syntax: pandas.DataFrame.eval); raises `BadParameter`."""
    fulfilled = fulfils(pd.DataFrame([_flat(record) for _, record in located]), condition)
    return [pair for pair, chosen in zip(located, fulfilled, strict=True) if chosen]


def fulfils(frame: pd.DataFrame, condition: str) -> pd.Series[bool]:
    """Say which rows of a frame fulfil a condition; a metric's name such as hr@50 needs no quotes."""
    quoted = _METRIC.sub(lambda name: name[0] if name[0][0] == "`" else f"`{name[0]}`", condition)
    try:
        chosen = frame.eval(quoted, engine="python")
    except Exception as error:  # evaluating a user's text can raise anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadParameter(f"--where '{condition}': {reason}; names: {', '.join(frame.columns)}") from None
    if not isinstance(chosen, pd.Series) or not pd.api.types.is_bool_dtype(chosen.dtype):
        raise BadParameter(f"--where '{condition}' is not true or false for a record; an example: bits == 64")
    return chosen.fillna(False).astype(bool)


def _flat(record: RunRecord) -> dict[str, Any]:
    fields: dict[str, Any] = {name: getattr(record, name) for name in (*FIELDS, *FIGURES)}
    latencies = {name: getattr(record.latency, name, None) for name in LATENCIES}
    return fields | {"bits": record.n_bits} | latencies | record.metrics
