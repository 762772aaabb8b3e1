"""The records of a published table are found by the runs that its systems expand to."""

from hashbench.reproduction.records import as_the_paper_counts, by_system, of_experiment, run_of, runs_of
from hashbench.reproduction.table import read_table
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record


def test_records_of_other_runs_are_left_out(tmp_path):
    experiment = read_table("hashgnn-table2").chosen(["ml-1m"], 1)
    other = a_record()
    assert run_of(other) not in runs_of(experiment, "ml-1m")
    assert of_experiment(experiment, "ml-1m", [other]) == []
    assert by_system(experiment, "ml-1m", [other]) == {}
    assert as_the_paper_counts({}, ResultsFolder(tmp_path), "hashgnn") == ({}, [])


def test_a_run_is_the_same_whatever_the_fingerprint_of_its_data():
    record = a_record(options={"data": "a" * 64})
    assert run_of(record) == run_of(a_record(options={"data": "b" * 64}))
    assert run_of(record) != run_of(a_record(seed=1))
