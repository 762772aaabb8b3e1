from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hashbench.errors import BadRecord, HashbenchError, UnknownName
from hashbench.results.record import FORMAT
from hashbench.results.record_json import dumps
from hashbench.results.store import ResultsFolder, read_files, stem

from .factory import a_failure, a_record

VALUES = {"hr@50": np.array([0.0, 0.5, np.nan]), "ndcg@50": np.array([0.25, 1.0, np.nan], np.float32)}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_record_and_its_values_come_back(tmp_path: Path) -> None:
    folder, record = ResultsFolder(tmp_path / "new" / "results"), a_record()
    folder.check_writable()
    file = folder.write(record, VALUES)
    assert folder.read_all() == ([record], [])
    values = folder.per_user(record)
    assert list(values) == ["hr@50", "ndcg@50"]
    for name, expected in VALUES.items():
        assert values[name].dtype == np.float32
        np.testing.assert_array_equal(values[name], expected.astype(np.float32))
    assert names(folder.path) == [file.name, file.with_suffix("").name + ".users.parquet"]


def test_the_columns_of_the_values_are_user_and_metrics(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    file = ResultsFolder(tmp_path).write(a_record(), VALUES)
    table = pq.read_table(file.with_suffix(".users.parquet"))
    assert [(field.name, str(field.type)) for field in table.schema] == [
        ("user", "int32"),
        ("hr@50", "float"),
        ("ndcg@50", "float"),
    ]
    assert table.column("user").to_pylist() == [0, 1, 2]


def test_file_names_can_be_read_and_hold_no_odd_characters() -> None:
    record = a_record()
    assert stem(record) == f"ml-1m-sage-guided_ste-hamming-s0-{record.run_id}"
    odd = a_record(retriever="hierarchical").model_copy(update={"dataset": "../数据 log.csv", "run_id": "ab12"})
    assert stem(odd) == "_-sage-guided_ste-hierarchical-s0-ab12".replace("_-", "_log.csv-", 1)
    assert len(stem(odd.model_copy(update={"dataset": "x" * 1000}))) < 100


def test_a_second_writing_replaces_the_first(tmp_path: Path) -> None:
    folder, record = ResultsFolder(tmp_path), a_record()
    folder.write(record, VALUES)
    again = record.model_copy(update={"created": "2026-11-21T00:00:00+00:00", "train_seconds": 1.0})
    folder.write(again, {"hr@50": np.ones(3)})
    assert folder.read_all() == ([again], [])
    assert list(folder.per_user(again)) == ["hr@50"]
    with pytest.raises(BadRecord, match=f"from another writing of run {record.run_id}; run it again"):
        folder.per_user(record)
    assert len(names(tmp_path)) == 2


def test_a_failure_does_not_replace_a_success(tmp_path: Path) -> None:
    folder, record = ResultsFolder(tmp_path), a_record()
    folder.write(record, VALUES)
    folder.write(a_failure(), {})
    assert folder.read_all() == ([record], [])
    assert list(folder.per_user(record)) == list(VALUES)


def test_a_success_replaces_a_failure_which_has_no_values(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.write(a_failure(), {})
    with pytest.raises(BadRecord, match=r"the per-user values of run .* are missing; run it again"):
        folder.per_user(a_failure())
    folder.write(a_record(), VALUES)
    assert folder.read_all() == ([a_record()], [])


def test_damaged_values_are_named_and_the_record_stays(tmp_path: Path) -> None:
    folder, record = ResultsFolder(tmp_path), a_record()
    values = folder.write(record, VALUES).with_suffix(".users.parquet")
    values.write_bytes(values.read_bytes()[:40])
    assert folder.read_all() == ([record], [])
    with pytest.raises(BadRecord, match=rf"users\.parquet: damaged, run {record.run_id} again"):
        folder.per_user(record)


def test_every_file_that_is_no_record_is_named_with_its_reason(tmp_path: Path) -> None:
    folder, record = ResultsFolder(tmp_path), a_record()
    written = folder.write(record, VALUES)
    data, text = json.loads(written.read_text()), written.read_text()
    others = {
        "README.md": "# Results",
        "notes.txt": "x",
        ".hidden.json": "x",
        "a-list.json": "[1, 2]",
        "empty.json": "",
        "foreign.json": '{"name": "left-pad", "version": "1.0.0"}',
        "lacking.json": json.dumps({name: value for name, value in data.items() if name not in ("seed", "machine")}),
        "more.json": json.dumps(data | {"colour": "red"}),
        "newer.json": json.dumps(data | {"format": FORMAT + 1, "unheard": "of"}),
        "not.json": "run,hr\n1,2\n",
        "odd-format.json": json.dumps(data | {"format": "one"}),
        "old.json": json.dumps(data | {"format": 0}),
        "truncated.json": text[: len(text) // 2],
        "truncated-in-a-text.json": text[: text.index("guided") + 3],
        "wrong-type.json": json.dumps(data | {"seed": "zero"}),
    }
    for name, content in others.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder.json").mkdir()
    records, problems = folder.read_all()
    assert records == [record]
    lines = {problem.file.name: problem.reason for problem in problems}
    assert lines == {
        "a-list.json": "JSON of another kind, no record of hashbench",
        "binary.json": "no JSON: not UTF-8 text",
        "empty.json": "empty file",
        "foreign.json": "JSON of another kind, no record of hashbench",
        "lacking.json": "damaged: 'seed' is missing (and 1 more)",
        "more.json": "damaged: 'colour' is no field of a record",
        "newer.json": f"format {FORMAT + 1} is newer than this hashbench reads ({FORMAT}); upgrade hashbench",
        "not.json": "no JSON: expecting value at line 1",
        "odd-format.json": "damaged: its format is 'one', not a number",
        "old.json": "format 0 is unknown; this hashbench reads 1 and later",
        "truncated.json": f"truncated: it ends in line {len(others['truncated.json'].splitlines())}",
        "truncated-in-a-text.json": "truncated: it ends in line 11",
        "wrong-type.json": "damaged: 'seed': input should be a valid integer, unable to parse string as an integer",
    }
    assert str(problems[0]) == f"{tmp_path / problems[0].file.name}: {problems[0].reason}"


def test_a_record_cut_anywhere_is_a_problem_and_never_an_exception(tmp_path: Path) -> None:
    text = dumps(a_record()).rstrip()
    file = tmp_path / "cut.json"
    for length in range(0, len(text), 7):
        file.write_text(text[:length])
        records, problems = read_files([file])
        assert records == []
        assert len(problems) == 1
        assert problems[0].reason.startswith(("truncated: ", "empty file")), text[:length]


def test_files_and_folders_are_read_together_and_each_record_once(tmp_path: Path) -> None:
    record, second_record = a_record(seed=0), a_record(seed=1)
    first, second = ResultsFolder(tmp_path / "a"), ResultsFolder(tmp_path / "b")
    file = first.write(record, VALUES)
    second.write(record, VALUES)
    second.write(second_record, VALUES)
    assert read_files([file, tmp_path / "a", tmp_path / "b"]) == ([record, second_record], [])


def test_of_two_records_of_one_run_the_later_is_shown_and_the_other_named(tmp_path: Path) -> None:
    older = a_record(created="2026-11-20T00:00:00+00:00", train_seconds=1.0)
    newer = a_record(created="2026-11-21T00:00:00+00:00", train_seconds=2.0)
    late = ResultsFolder(tmp_path / "a").write(newer, {})
    early = ResultsFolder(tmp_path / "b").write(older, {})
    for order in ([late, early], [early, late]):
        records, problems = read_files(order)
        assert records == [newer]
        reason = f"run {newer.run_id} is also in {late}, written later and shown"
        assert list(map(str, problems)) == [f"{early}: {reason}"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(HashbenchError) as caught:
        ResultsFolder(tmp_path / "nowhere").read_all()
    expected = f"There is no results folder or record file {tmp_path / 'nowhere'}. (hashbench run writes one)"
    assert str(caught.value) == expected


def test_finding_a_run(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    first = a_record(seed=0).model_copy(update={"run_id": "abc1"})
    second = a_record(seed=1).model_copy(update={"run_id": "abc2"})
    whole = a_record(seed=2).model_copy(update={"run_id": "abc"})
    files = [folder.write(record, {}) for record in (first, second)]
    assert folder.find("abc1") == first
    assert folder.find(files[1].name) == second
    assert folder.find(files[1].stem) == second
    assert folder.find(str(files[1])) == second
    with pytest.raises(UnknownName) as caught:
        folder.find("abc")
    assert str(caught.value) == f"'abc' begins the ids of 2 runs in {tmp_path}: abc1, abc2. Give more of it."
    folder.write(whole, {})
    assert folder.find("abc") == whole
    for absent in ("d", ""):
        with pytest.raises(UnknownName) as caught:
            folder.find(absent)
        expected = f"There is no run '{absent}' among the 3 of {tmp_path}. (hashbench compare {tmp_path})"
        assert str(caught.value) == expected


def test_finding_a_damaged_run_says_so(tmp_path: Path) -> None:
    folder, record = ResultsFolder(tmp_path), a_record()
    file = folder.write(record, {})
    file.write_text("{}")
    for run in (record.run_id, file.name):
        with pytest.raises(BadRecord) as caught:
            folder.find(run)
        assert str(caught.value) == f"{file}: JSON of another kind, no record of hashbench"


def test_an_unwritable_folder_is_found_before_training(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(HashbenchError) as caught:
        ResultsFolder(file).check_writable()
    assert str(caught.value) == f"Results cannot be written to {file}: it is a file. Give a folder with --out."
    for path, reason in (
        (file / "below", "not a directory"),
        (Path("/proc/results"), "no such file or directory"),
        (tmp_path / ("x" * 300), "file name too long"),
    ):
        with pytest.raises(HashbenchError) as caught:
            ResultsFolder(path).check_writable()
        expected = f"Results cannot be written to {path}: {reason}. Give another folder with --out."
        assert str(caught.value) == expected
        with pytest.raises(HashbenchError, match=f"cannot be written to {path}: {reason}"):
            ResultsFolder(path).write(a_record(), {})
    assert file.read_text() == "mine"


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    ResultsFolder(tmp_path).check_writable()
    assert names(tmp_path) == []


def test_a_write_that_fails_harms_nothing_already_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, record = ResultsFolder(tmp_path), a_record()
    folder.write(record, VALUES)
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}

    def full_disk(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(HashbenchError) as caught:
        folder.write(a_record(train_seconds=1.0), VALUES)
    reason = "no space left on device. Give another folder with --out."
    assert str(caught.value) == f"Results cannot be written to {tmp_path}: {reason}"
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before


WRITER = """
import sys
import numpy as np
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder
record = RunRecord.model_validate_json(sys.stdin.read())
folder = ResultsFolder(sys.argv[1])
values = {"hr@50": np.linspace(0, 1, 20_000), "ndcg@50": np.linspace(1, 0, 20_000)}
folder.write(record, values)
print("ready", flush=True)
number = 0
while True:
    number += 1
    folder.write(record.model_copy(update={"run_id": f"{number:016x}", "seed": number}), values)
"""


def test_a_writer_killed_at_any_moment_leaves_no_record_damaged_or_without_values(tmp_path: Path) -> None:
    moments = random.Random(0)
    seen = 0
    for trial in range(6):
        folder = ResultsFolder(tmp_path / str(trial))
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert writer.stdin is not None
        assert writer.stdout is not None
        with writer:
            writer.stdin.write(a_record().model_dump_json().encode())
            writer.stdin.close()
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(moments.uniform(0, 0.1))
            writer.send_signal(signal.SIGKILL)
        assert writer.returncode == -signal.SIGKILL
        records, problems = folder.read_all()
        assert problems == []
        seen += len(records)
        for record in records:
            assert {name: len(values) for name, values in folder.per_user(record).items()} == {
                "hr@50": 20_000,
                "ndcg@50": 20_000,
            }
    assert seen > 6, "no writer got past its first record, so nothing was interrupted"
