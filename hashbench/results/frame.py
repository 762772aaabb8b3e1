"""Records as a pandas DataFrame, one row per record."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.results.index import rows_of
from hashbench.results.record import RunRecord
from hashbench.results.store import Problem, read_files

if TYPE_CHECKING:
    import pandas as pd

RUN = ("run_id", "model_id", "created", "status", "error")
SPEC = ("dataset", "split", "encoder", "head", "n_bits", "objective", "train_head", "retriever", "seed")
COST = ("bytes_per_item", "index_bytes", "train_seconds", "peak_memory_bytes")
FLAT = (*RUN, *SPEC, *COST)
DATA = ("n_users", "n_items", "n_train", "n_valid", "n_test", "fingerprint", "split_fingerprint")
TRAINING = ("epochs", "best_epoch", "stopped")
LATENCY = ("p50_ms", "p95_ms", "p99_ms", "batch_qps")


def load_results(path: str | Path) -> pd.DataFrame:
    """Return a folder's records, one per row, with one column per metric. Files that are no records become warnings."""
    import pandas as pd

    rows, problems = flat_rows(Path(path))
    for problem in problems:
        warnings.warn(f"left out {problem}", stacklevel=2)
    own = {*FLAT, *LATENCY, *DATA, *TRAINING}
    metrics = dict.fromkeys(name for row in rows for name in row if name not in own)
    frame = pd.DataFrame(rows, columns=[*FLAT, *metrics, *LATENCY, *DATA, *TRAINING])
    whole = ("n_bits", "seed", "index_bytes", "peak_memory_bytes", *DATA[:5], *TRAINING[:2])
    return frame.astype({**dict.fromkeys(whole, "Int64"), **dict.fromkeys((*metrics, *LATENCY), "float64")})


def flat_rows(path: Path) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return a folder's records, each once, as flat rows; and files that are no records, with the reason."""
    if not path.is_dir():
        records, problems = read_files([path])
        return [_row(record) for record in records], problems
    indexed, problems = rows_of(path, _row)
    newest: dict[str, dict[str, Any]] = {}
    for entry in indexed:
        other = newest.get(entry.row["run_id"])
        if other is None or other["created"] < entry.row["created"]:
            newest[entry.row["run_id"]] = entry.row
    return list(newest.values()), problems


def _row(record: RunRecord) -> dict[str, Any]:
    last_stage = record.training[-1] if record.training else None
    parts = ((record, FLAT), (record.latency, LATENCY), (record.data, DATA), (last_stage, TRAINING))
    row = {name: getattr(part, name, None) for part, names in parts for name in names}
    return {**row, **record.metrics}
