"""Several seeds as one row."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from hashbench.reporting.seeds import aggregate_seeds

from ..results.factory import a_record
from .heads import call, rows


def test_runs_of_one_configuration_make_one_row_of_means_and_deviations(folder: Path) -> None:
    listed = rows(folder)
    assert [row["head"] for row in listed] == ["hashnet", "sign_ste", "lsh"]
    each = [row for row in rows(folder, "--each") if row["head"] == "lsh"]
    values = [row["metrics"]["hr@50"] for row in each]
    assert [row["seed"] for row in listed] == [[0, 1]] * 3
    assert listed[2]["metrics"]["hr@50"] == pytest.approx(np.mean(values))
    assert listed[2]["sd"]["hr@50"] == pytest.approx(np.std(values, ddof=1))
    assert listed[2]["latency"]["p50_ms"] == 1.5
    table = call(folder).stdout
    assert "All rows: encoder sage, objective bpr, seeds 0,1." in table
    assert ".1500 ±.0707" in table
    assert "means, ± the standard deviation over seeds" in table


def test_a_csv_has_deviations_as_columns(folder: Path) -> None:
    (first, *_) = csv.DictReader(io.StringIO(call(folder, "--format", "csv").stdout))
    assert first["seed"] == "0 1"
    assert float(first["ndcg@50 sd"]) == pytest.approx(0.0707, abs=1e-4)


def test_seeds_of_other_data_stay_apart() -> None:
    alike = [a_record(seed=seed) for seed in (2, 0, 1)]
    other = a_record(seed=1, split_fingerprint="e" * 16, metrics={"hr@50": 0.9})
    aggregates = aggregate_seeds([*alike, other, a_record(seed=0, encoder="mf")])
    assert [aggregate.seeds_text for aggregate in aggregates] == ["0–2", "0", "1"]
