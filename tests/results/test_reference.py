"""The committed reference results: whole, named by what they hold, and the page made from them up to date."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from hashbench.pipeline.plan import RunPlan
from hashbench.results.stale import stale
from hashbench.results.store import ResultsFolder, read_files
from hashbench.spec import identity

ROOT = Path(__file__).parents[2]
RECORDS, PROBLEMS = read_files([ROOT / "results"])


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
    assert (ROOT / "results" / "README.md").read_text() == readme()


def test_the_charts_of_the_page_are_there():
    page = (ROOT / "results" / "README.md").read_text()
    charts = re.findall(r"!\[.*?\]\((.*?)\)", page)
    assert charts
    assert [chart for chart in charts if not (ROOT / "results" / chart).is_file()] == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.run_id)
def test_a_record_is_named_by_its_spec_and_keeps_its_values(record):
    assert record.status == "ok"
    assert record.run_id == identity(record.spec)
    assert ResultsFolder(ROOT / "results").per_user(record).keys() == record.metrics.keys()


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
