"""Records and comparison tables that several files of tests use."""

from __future__ import annotations

from typing import Any

from hashbench.reporting.table import ComparisonTable

FLOAT: dict[str, Any] = {"head": "continuous", "retriever": "continuous", "p50": 4.0, "bytes_per_item": 256.0}


def hr(value: float) -> dict[str, float]:
    return {"hr@50": value, "hr@100": value + 0.1, "ndcg@50": value / 2, "ndcg@100": value / 2 + 0.1}


def values(group: ComparisonTable, key: str) -> list[Any]:
    return [row.values[key] for row in group.rows]


def only(groups: list[ComparisonTable]) -> ComparisonTable:
    assert len(groups) == 1
    return groups[0]
