"""Records with their files: problems, conditions and hits."""

import numpy as np
import pytest

from hashbench.errors import HashbenchError
from hashbench.reporting.located import hits_reader, locate_records
from hashbench.results.per_user import Hits
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record

FIRST, SECOND = a_record(), a_record(seed=1)


@pytest.fixture
def results(tmp_path):
    """Two records, the first with hits, and a file that is none."""
    store = ResultsFolder(tmp_path)
    store.write(FIRST, {}, Hits(np.array([[True, False]]), np.array([1])))
    store.write(SECOND, {})
    (tmp_path / "package.json").write_text('{"name": "left-pad"}')
    return tmp_path


def test_records_come_with_their_files_and_problems_are_passed_on(results):
    problems = []
    located = locate_records([results], None, problems.append)
    assert {record.run_id: file for file, record in located} == {
        record.run_id: ResultsFolder(results).file(record) for record in (FIRST, SECOND)
    }
    assert [problem.file.name for problem in problems] == ["package.json"]


def test_a_condition_chooses_and_no_record_is_an_error(results):
    ((_, record),) = locate_records([results], "seed == 1", lambda problem: None)
    assert record == SECOND
    with pytest.raises(HashbenchError, match="fits --where 'seed == 2'"):
        locate_records([results], "seed == 2", lambda problem: None)


def test_missing_hits_are_noted(results):
    left_out = []
    hits_of = hits_reader(locate_records([results], None, lambda problem: None), left_out)
    assert hits_of(FIRST).is_hit.tolist() == [[True, False]]
    assert hits_of(SECOND) is None
    assert len(left_out) == 1
    assert SECOND.run_id in left_out[0]
