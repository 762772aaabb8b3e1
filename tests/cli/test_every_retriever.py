"""A run by every built-in retriever, from the data to the record."""

import math

import pytest

import hashbench
from hashbench.registry import shelves

from .process import TINY

PARAMETERS = {"threshold": ["radius=3", "at_least=-10"]}
NAMES = [
    f"{name}:{parameters}" if parameters else name
    for name, entry in shelves.shelf(shelves.RETRIEVERS).items()
    if entry.plugin.is_builtin
    for parameters in PARAMETERS.get(name, [""])
]


@pytest.mark.parametrize("retriever", NAMES)
def test_it_is_recorded(retriever, tmp_path):
    settings = {"encoder": "mf:dim=8", "head": "lsh:bits=8", "epochs": 1, "k": 5, "threads": 1}
    (record,) = hashbench.run(dataset=TINY, retrievers=retriever, out=tmp_path, **settings)
    assert record.status == "ok"
    assert 0 < record.metrics["hr@5"] <= 1
    assert "exact_recall@5" not in record.metrics
    assert all(math.isfinite(value) for value in record.metrics.values())
    assert record.latency.p50_ms > 0
