"""`hashbench show`: one record as text or JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hashbench.cli.show import show
from hashbench.errors import UnknownName
from hashbench.results.record_json import as_json
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


def test_show_prints_a_record(folder: Path) -> None:
    result = CliRunner().invoke(show, [FIRST.run_id[:8], "--results", str(folder)], terminal_width=80)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == ["Run", "  model            sage + guided_ste, 32 bits, searched by hamming"]
    assert lines[-2:] == ["To repeat it", f"  {FIRST.command}"]


def test_show_prints_the_record_as_json(folder: Path) -> None:
    result = CliRunner().invoke(show, [FIRST.run_id, "--results", str(folder), "--format", "json"])
    assert json.loads(result.stdout) == as_json(FIRST)


def test_show_of_an_unknown_run(folder: Path) -> None:
    result = CliRunner().invoke(show, ["xyz", "--results", str(folder)])
    assert isinstance(result.exception, UnknownName)
    assert str(result.exception) == f"There is no run 'xyz' among the 2 of {folder}. (hashbench compare {folder})"
