"""The committed reference results: whole, named by what they hold, and the page made from them up to date."""

import importlib.util
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from hashbench.pipeline.plan import RunPlan
from hashbench.results.stale import stale
from hashbench.results.store import ResultsFolder, read_files
from hashbench.spec import identity

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "results" / "reference"
MAX_BYTES = 15_000_000
RECORDS, PROBLEMS = read_files([REFERENCE])


def readme():
    spec = importlib.util.spec_from_file_location("results_readme", ROOT / "benchmarks" / "results_readme.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.text()


def test_there_are_records_and_nothing_else():
    assert RECORDS
    assert PROBLEMS == []
    assert {record.dataset for record in RECORDS} >= {"ml-1m", "gowalla", "pinterest"}


def test_the_page_is_the_one_made_from_the_records():
    assert (REFERENCE / "README.md").read_text() == readme()


def test_the_charts_of_the_page_are_there():
    page = (REFERENCE / "README.md").read_text()
    charts = re.findall(r"!\[.*?\]\((.*?)\)", page)
    assert charts
    assert [chart for chart in charts if not (REFERENCE / chart).is_file()] == []


def test_they_are_small():
    assert sum(file.stat().st_size for file in REFERENCE.rglob("*") if file.is_file()) < MAX_BYTES


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.run_id)
def test_a_record_is_named_by_its_spec_and_every_recomputed_metric_is_its_own(record):
    folder = ResultsFolder(REFERENCE)
    assert record.status == "ok"
    assert record.run_id == identity(record.spec)
    assert folder.file(record).is_file()
    assert not folder.values_file(record).exists()
    values = folder.per_user(record)
    assert values.keys() == record.metrics.keys()
    hits = folder.hits(record)
    evaluated = hits.n_relevant > 0
    assert hits.is_hit.shape == (record.data.n_users, max(record.spec["k"]))
    for name, mean in record.metrics.items():
        per_user = values[name]
        assert per_user.dtype == np.float32
        np.testing.assert_array_equal(np.isnan(per_user), ~evaluated)
        assert per_user[evaluated].mean(dtype=np.float64) == pytest.approx(mean, rel=1e-7), name


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.run_id)
def test_todays_code_calls_the_recorded_run_the_same(record):
    """A default that changed would make the record stale."""
    spec = record.spec
    plan = RunPlan.from_record(record)
    (retriever,) = plan.retrievers
    assert plan.run_spec(retriever, spec["data"]) == spec
    provenance = {"hashbench": record.versions.hashbench, **record.versions.plugins}
    assert stale(record, plan.resolved(retriever), provenance) is None
    assert shlex.split(plan.command(retriever)) == shlex.split(record.command)
