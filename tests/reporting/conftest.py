"""Fixtures that several files of tests share."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.table import ComparisonTable
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder

from ..results.factory import a_failure, a_record
from .tables import FLOAT, hr

USERS = 400


@pytest.fixture
def three() -> list[RunRecord]:
    """One model searched in three ways, and the float reference."""
    return [
        a_record(retriever="hamming", metrics=hr(0.2), p50=0.5),
        a_record(retriever="hierarchical", metrics=hr(0.3), p50=1.0, bytes_per_item=260.0),
        a_record(retriever="continuous", metrics=hr(0.32), p50=2.0, bytes_per_item=256.0),
        a_record(**FLOAT, metrics=hr(0.4)),
    ]


@pytest.fixture
def groups() -> list[ComparisonTable]:
    """Two rows and a failure on one data set, a row without float search on another."""
    return comparison_tables(
        [
            a_record(retriever="hamming", p50=0.5).model_copy(update={"run_id": "aaaa0000"}),
            a_record(
                retriever="continuous", p50=2.0, bytes_per_item=256.0, metrics={"hr@50": 0.5, "ndcg@50": 0.6}
            ).model_copy(update={"run_id": "bbbb0000"}),
            a_failure(seed=7, error="100% of_it\nfailed").model_copy(update={"run_id": "cccc0000"}),
            a_record(dataset="pinterest", metrics={"hr@50": math.nan}).model_copy(update={"run_id": "dddd0000"}),
        ]
    )


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three heads, two seeds each, of which hashnet is well above and the other two are alike."""
    results = ResultsFolder(tmp_path_factory.mktemp("results"))
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        easy = rng.random(USERS)
        for head, gain, bits in (("lsh", 0.0, 32), ("sign_ste", 0.001, 32), ("hashnet:bits=64", 0.2, 64)):
            values = easy + gain + 0.05 * rng.standard_normal(USERS)
            metrics = {"hr@50": float(values.mean()), "ndcg@50": 0.1 + seed / 10}
            record = a_record(head=head, n_bits=bits, seed=seed, metrics=metrics, p50=1.0 + seed)
            results.write(record, {"hr@50": values.astype(np.float32)})
    return results.path
