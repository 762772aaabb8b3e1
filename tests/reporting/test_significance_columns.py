"""Which rows of a table differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hashbench.results.store import ResultsFolder

from .heads import call


def test_rows_are_tested_against_each_other(folder: Path) -> None:
    table = call(folder, "--test", "--columns", "head,hr@50,difference,p,users,beats", "--format", "csv")
    assert table.exception is None
    printed = call(folder, "--test", "--columns", "head,difference,p,beats", "--format", "markdown").stdout
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("|")]
    by_head = {line[2]: line for line in lines[2:]}
    assert by_head["hashnet"][1] == "a"
    assert by_head["hashnet"][3:] == ["–", "–", "b c"]
    assert by_head["lsh"][5] == "–"
    assert by_head["sign\\_ste"][5] == "–"
    assert "Holm's correction of 3 comparisons" in printed
    assert "t-test over seeds" in printed


def test_rows_are_tested_against_a_baseline(folder: Path) -> None:
    run = next(record for record in ResultsFolder(folder).read_all()[0] if record.head == "lsh" and record.seed == 1)
    options = ("--test", "--baseline", run.run_id, "--columns", "head,verdict,difference")
    printed = call(folder, *options, "--format", "markdown").stdout
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("|")]
    assert {line[1]: line[2] for line in lines[2:]} == {"hashnet": "▲", "sign\\_ste": "=", "lsh": "–"}
    assert "Δ to baseline \\[95 %\\]" in printed
    assert "Holm's correction of 2 comparisons" in printed


def test_a_row_without_users_values_is_said_not_to_be_tested(folder: Path, tmp_path: Path) -> None:
    results = ResultsFolder(tmp_path)
    for record in ResultsFolder(folder).read_all()[0]:
        values = {} if record.head == "lsh" else {"hr@50": np.arange(5.0)}
        results.write(record, values)
    printed = call(tmp_path, "--test", "--format", "markdown").stdout
    assert "Not tested: " in printed
    assert "Holm's correction of 1 comparison." in printed
