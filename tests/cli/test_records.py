"""Files that hold no record are named on standard error if nothing else is left."""

import pytest

from hashbench.cli.records import read_records
from hashbench.errors import HashbenchError
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record


def test_without_a_record_the_files_that_are_none_are_named(tmp_path, capsys):
    (tmp_path / "package.json").write_text('{"name": "left-pad"}')
    with pytest.raises(HashbenchError, match="There are no records in"):
        read_records([tmp_path], None)
    error = capsys.readouterr().err
    assert error == f"left out {tmp_path}/package.json: JSON of another kind, no record of hashbench\n"
    file = ResultsFolder(tmp_path).write(a_record(), {})
    located, problems = read_records([tmp_path], "bits == 32")
    assert [(path, record.run_id) for path, record in located] == [(file, a_record().run_id)]
    assert len(problems) == 1
