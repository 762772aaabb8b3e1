"""The index is a cache: whatever becomes of it, the rows are those of the files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from hashbench.results.index import NAME, rows_of
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder

from .factory import a_record


def flat(record: RunRecord) -> dict[str, Any]:
    read.append(record.run_id)
    return {"run_id": record.run_id, "hr": record.metrics["hr@50"]}


read: list[str] = []


@pytest.fixture
def folder(tmp_path: Path) -> ResultsFolder:
    read.clear()
    results = ResultsFolder(tmp_path)
    for seed in range(4):
        results.write(a_record(seed=seed, metrics={"hr@50": seed / 10}), {})
    return results


def rows(folder: ResultsFolder) -> list[float]:
    return [indexed.row["hr"] for indexed in rows_of(folder.path, flat)[0]]


def test_files_are_read_once_and_again_when_they_change(folder: ResultsFolder) -> None:
    assert sorted(rows(folder)) == [0.0, 0.1, 0.2, 0.3]
    assert len(read) == 4
    assert sorted(rows(folder)) == [0.0, 0.1, 0.2, 0.3]
    assert len(read) == 4
    changed = a_record(seed=2, metrics={"hr@50": 0.9})
    folder.update(changed)
    assert sorted(rows(folder)) == [0.0, 0.1, 0.3, 0.9]
    assert read[4:] == [changed.run_id]
    folder.file(changed).unlink()
    assert sorted(rows(folder)) == [0.0, 0.1, 0.3]
    folder.write(a_record(seed=7, metrics={"hr@50": 0.7}), {})
    assert sorted(rows(folder)) == [0.0, 0.1, 0.3, 0.7]
    assert len(read) == 6


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, None])
def test_an_index_that_is_damaged_or_gone_is_made_anew(folder: ResultsFolder, content: bytes | None) -> None:
    before = rows(folder)
    index = folder.path / "models" / NAME
    index.unlink() if content is None else index.write_bytes(content)
    assert rows(folder) == before
    assert rows(folder) == before
    assert len(read) == 8


def test_where_none_can_be_written_files_are_read(folder: ResultsFolder) -> None:
    (folder.path / "models").write_text("a file where the folder should be")
    assert sorted(rows(folder)) == [0.0, 0.1, 0.2, 0.3]
    assert sorted(rows(folder)) == [0.0, 0.1, 0.2, 0.3]


def test_files_that_are_no_records_stay_problems(folder: ResultsFolder) -> None:
    file = folder.path / "zzz.json"
    file.write_text("[]")
    for _ in range(2):
        indexed_rows, problems = rows_of(folder.path, flat)
        assert len(indexed_rows) == 4
        assert [str(problem) for problem in problems] == [f"{file}: JSON of another kind, no record of hashbench"]
    os.utime(file, ns=(0, 0))
    assert len(rows_of(folder.path, flat)[1]) == 1
