"""`hashbench results`: listed, pruned, exported."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from hashbench.cli.results import results
from hashbench.errors import HashbenchError
from hashbench.results.store import ResultsFolder

from ..results.factory import a_failure, a_record


@pytest.fixture
def folder(tmp_path: Path) -> ResultsFolder:
    results_folder = ResultsFolder(tmp_path / "results")
    for seed in range(3):
        results_folder.write(a_record(seed=seed, metrics={"hr@50": seed / 10}), {"hr@50": np.ones(3)})
    results_folder.write(a_record(head="continuous", retriever="continuous"), {})
    results_folder.write(a_failure(seed=9), {})
    return results_folder


def call(*arguments: object) -> Result:
    return CliRunner().invoke(results, [str(value) for value in arguments])


def test_records_are_listed(folder: ResultsFolder) -> None:
    ended = call("list", folder.path)
    header, *lines = ended.stdout.splitlines()
    assert header.split() == [
        "run_id", "status", "dataset", "encoder", "head", "bits", "retriever", "seed", "created", "hr@50",
    ]  # fmt: skip
    assert len(lines) == 5
    assert sum(" failed " in line for line in lines) == 1
    assert "continuous  –" in next(line for line in lines if "continuous" in line).replace("   ", "  ")
    assert len(call("list", folder.path, "--where", "hr@50 >= 0.2 and bits == 32").stdout.splitlines()) == 2


def test_pruning_says_what_it_would_delete_and_deletes_it_when_told_to(folder: ResultsFolder) -> None:
    lost = folder.path / "lost.users.parquet"
    lost.touch()
    os.utime(lost, (0, 0))
    (folder.path / "coming.users.parquet").touch()
    damaged = folder.path / "damaged.json"
    damaged.write_text("{")
    before = sorted(folder.path.iterdir())
    said = call("prune", folder.path, "--failed", "--damaged", "--where", "seed == 1")
    assert sorted(file for file in folder.path.iterdir() if file.is_file()) == [
        file for file in before if file.is_file()
    ]
    chosen = {line.partition(": ")[0] for line in said.stdout.splitlines()}
    assert len(chosen) == 5
    assert {str(lost), str(damaged)} < chosen
    assert "5 files to delete; --yes deletes them" in said.stderr
    call("prune", folder.path, "--failed", "--damaged", "--where", "seed == 1", "--yes")
    left, problems = folder.read_all()
    assert not problems
    assert sorted((record.seed, record.status) for record in left) == [(0, "ok"), (0, "ok"), (2, "ok")]
    assert folder.per_user(next(record for record in left if record.seed == 2))["hr@50"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(("ending", "read"), [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
def test_records_are_exported_as_one_table(folder: ResultsFolder, ending: str, read: object, tmp_path: Path) -> None:
    output = tmp_path / f"all.{ending}"
    assert call("export", folder.path, "-o", output).exception is None
    frame = read(output)  # type: ignore[operator]
    assert len(frame) == 5
    assert frame.set_index("run_id").loc[a_record(seed=2).run_id, "hr@50"] == 0.2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "nowhere"), "There is no results folder nowhere."),
        (("export", ".", "-o", "x.xlsx"), "--output x.xlsx: its name must end in .csv or .parquet"),
    ],
)
def test_bad_input(arguments: tuple[str, ...], said: str) -> None:
    error = call(*arguments).exception
    assert isinstance(error, HashbenchError)
    assert said in str(error)
