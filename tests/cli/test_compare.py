"""`hashbench compare`: folders, files, formats and errors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hashbench.cli.compare import compare, print_comparison
from hashbench.errors import HashbenchError, UnknownName
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record

FIRST = a_record(metrics={"hr@50": 0.25})


SECOND = a_record(retriever="continuous", metrics={"hr@50": 0.5}, p50=2.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two records, one foreign file, and a README."""
    for record in (FIRST, SECOND):
        ResultsFolder(tmp_path).write(record, {})
    (tmp_path / "package.json").write_text('{"name": "left-pad"}')
    (tmp_path / "README.md").write_text("# Results")
    return tmp_path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(compare, list(map(str, arguments)))


def test_records_are_ranked_and_other_files_named_on_standard_error(folder: Path) -> None:
    result = call(folder)
    assert result.exit_code == 0
    assert result.stderr == (f"left out {folder}/package.json: JSON of another kind, no record of hashbench\n")
    rows = [line.split()[:3] for line in result.stdout.splitlines()[4:6]]
    assert rows == [["1", "continuous", ".5000"], ["2", "hamming", ".2500"]]


def test_standard_output_of_json_is_json_alone(folder: Path) -> None:
    rows = json.loads(call(folder, "--format", "json", "--sort", "p50_ms").stdout)
    assert [row["run_id"] for row in rows] == [FIRST.run_id, SECOND.run_id]


@pytest.mark.parametrize(
    ("style", "start"),
    [("markdown", "### ml-1m"), ("latex", "% needs \\usepackage{booktabs,graphicx}\n"), ("csv", "group,rank,dataset")],
)
def test_other_formats(folder: Path, style: str, start: str) -> None:
    result = call(folder, "--format", style)
    assert result.stdout.startswith(start)
    assert SECOND.run_id[:4] in result.stdout


def test_files_and_folders_may_be_mixed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    file = ResultsFolder(other).write(a_record(seed=1), {})
    rows = json.loads(call(folder, file, "--each", "--format", "json").stdout)
    assert sorted(row["seed"] for row in rows) == [0, 0, 1]


def test_a_baseline_is_named_by_the_beginning_of_its_id(folder: Path) -> None:
    rows = json.loads(call(folder, "--baseline", FIRST.run_id[:6], "--format", "json").stdout)
    assert {row["run_id"]: (row["speed_up"], row["retained"]) for row in rows} == {
        FIRST.run_id: (1.0, 1.0),
        SECOND.run_id: (0.5, 2.0),
    }


def test_what_cannot_be_compared_is_one_clear_error(folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    errors = {
        (empty,): f"There are no records in {empty}. (hashbench run writes them)",
        (folder / "no",): f"There is no results folder or record file {folder}/no. (hashbench run writes one)",
        (folder, "--baseline", "xyz"): f"There is no run 'xyz' among the 2 of {folder}. (hashbench compare {folder})",
    }
    for arguments, text in errors.items():
        result = call(*arguments)
        assert isinstance(result.exception, HashbenchError)
        assert str(result.exception) == text
        assert result.exception.exit_code == 2
        assert result.stdout == ""
    unsorted = call(folder, "--sort", "hr")
    assert isinstance(unsorted.exception, UnknownName)


def test_records_just_made_are_printed_as_the_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_comparison([FIRST, SECOND])
    assert capsys.readouterr().out == call(folder).stdout


def test_the_commands_import_nothing_heavy() -> None:
    code = "import sys, hashbench.cli.compare, hashbench.cli.show; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "hashbench.cli.show" in loaded
    assert not {"pandas", "numpy", "rich", "pydantic", "pyarrow", "torch", "tabulate"} & set(loaded)
