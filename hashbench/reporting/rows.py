"""Comparison tables as data: rows with unrounded figures, for CSV, JSON and pandas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from hashbench.reporting.columns import DEVIATION, LATENCIES
from hashbench.reporting.metric_names import metrics_of
from hashbench.reporting.table import ComparisonTable, Row
from hashbench.results.record import RunRecord
from hashbench.results.record_json import without_nan

if TYPE_CHECKING:
    import pandas as pd

FIELDS = (
    "dataset",
    "split",
    "encoder",
    "head",
    "n_bits",
    "objective",
    "train_head",
    "retriever",
    "seed",
    "status",
    "error",
)
RATIOS = ("speed_up", "retained")


def as_csv(tables: Sequence[ComparisonTable]) -> str:
    """Return one CSV line per row, failed runs included, with unrounded figures."""
    fields, flat = _flat_rows(tables)
    text = io.StringIO()
    writer = csv.DictWriter(text, fields, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def as_json(tables: Sequence[ComparisonTable]) -> str:
    """Return a JSON list with one object per row, failed runs included, with unrounded figures."""
    return json.dumps(without_nan(as_rows(tables)), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_frame(tables: Sequence[ComparisonTable]) -> pd.DataFrame:
    """Return the rows and columns of the CSV format as a data frame."""
    import pandas as pd

    fields, flat = _flat_rows(tables)
    return pd.DataFrame(flat, columns=fields)


def as_rows(tables: Iterable[ComparisonTable]) -> list[dict[str, Any]]:
    """Return one dict per row: its table's title, rank, fields and figures."""
    rows = []
    for table in tables:
        for row in table.rows:
            ratios = {name: row.values[name] for name in RATIOS}
            rows.append(_fields(table, row.record, row.rank, ratios) | _over_seeds(row))
        rows += [_fields(table, record, None, dict.fromkeys(RATIOS)) for record in table.failed]
    return rows


def _flat_rows(tables: Sequence[ComparisonTable]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the names of the fields, and the rows without nesting."""
    rows = as_rows(tables)
    metrics = metrics_of(_all_records(tables))
    deviations = [name + DEVIATION for name in metrics] if any("sd" in row for row in rows) else []
    first = ("group", "rank", "profile") if any(table.profile for table in tables) else ("group", "rank")
    last = ("bytes_per_item", *RATIOS, "train_seconds", "run_id")
    fields = [*first, *FIELDS, *metrics, *deviations, *LATENCIES, *last]
    flat = []
    for row in rows:
        seeds = {"seed": " ".join(map(str, row["seed"]))} if "sd" in row else {}
        of_seeds = {name + DEVIATION: value for name, value in row.get("sd", {}).items()}
        flat.append(row | seeds | row["metrics"] | of_seeds | (row["latency"] or dict.fromkeys(LATENCIES)))
    return fields, flat


def _over_seeds(row: Row) -> dict[str, Any]:
    """Return seeds, runs and standard deviations of a row with several seeds; nothing for a single run."""
    if len(row.members) < 2:
        return {}
    deviations = {name: row.values[name + DEVIATION] for name in row.record.metrics}
    seeds = [member.seed for member in row.members]
    return {"seed": seeds, "runs": [member.run_id for member in row.members], "sd": deviations}


def _fields(table: ComparisonTable, record: RunRecord, rank: int | None, ratios: dict[str, Any]) -> dict[str, Any]:
    return {
        "group": table.title,
        "rank": rank,
        **({"profile": table.profile} if table.profile else {}),
        **{name: getattr(record, name) for name in FIELDS},
        "metrics": dict(record.metrics),
        "ties": {name: ends.model_dump() for name, ends in record.ties.items()},
        "latency": {name: getattr(record.latency, name) for name in LATENCIES} if record.latency else None,
        "bytes_per_item": record.bytes_per_item,
        **ratios,
        "train_seconds": record.train_seconds,
        "run_id": record.run_id,
    }


def _all_records(tables: Iterable[ComparisonTable]) -> list[RunRecord]:
    return [record for table in tables for record in (*(row.record for row in table.rows), *table.failed)]
