"""Which records, which columns, which tables: the options of `hashbench compare`, and several seeds as one row."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hashbench.cli.compare import compare
from hashbench.errors import HashbenchError
from hashbench.report.seeds import aggregate_seeds
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record

USERS = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three heads, two seeds each, of which hashnet is well above and the other two are alike."""
    results = ResultsFolder(tmp_path_factory.mktemp("results"))
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        easy = rng.random(USERS)
        for head, gain, bits in (("lsh", 0.0, 32), ("sign_ste", 0.001, 32), ("hashnet:bits=64", 0.2, 64)):
            values = easy + gain + 0.05 * rng.standard_normal(USERS)
            metrics = {"hr@50": float(values.mean()), "ndcg@50": 0.1 + seed / 10}
            record = a_record(head=head, n_bits=bits, seed=seed, metrics=metrics, p50=1.0 + seed)
            results.write(record, {"hr@50": values.astype(np.float32)})
    return results.path


def call(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(compare, [str(folder), *options])


def rows(folder: Path, *options: str) -> Any:
    result = call(folder, *options, "--format", "json")
    assert result.exception is None, result.exception
    return json.loads(result.stdout)


def test_runs_of_one_configuration_make_one_row_of_means_and_deviations(folder: Path) -> None:
    found = rows(folder)
    assert [row["head"] for row in found] == ["hashnet", "sign_ste", "lsh"]
    each = [row for row in rows(folder, "--each") if row["head"] == "lsh"]
    values = [row["metrics"]["hr@50"] for row in each]
    assert [row["seed"] for row in found] == [[0, 1]] * 3
    assert found[2]["metrics"]["hr@50"] == pytest.approx(np.mean(values))
    assert found[2]["sd"]["hr@50"] == pytest.approx(np.std(values, ddof=1))
    assert found[2]["latency"]["p50_ms"] == 1.5
    table = call(folder).stdout
    assert "All rows: encoder sage, objective bpr, seeds 0,1." in table
    assert ".1500 ±.0707" in table
    assert "means, ± the standard deviation over seeds" in table


def test_a_csv_has_deviations_as_columns(folder: Path) -> None:
    (first, *_) = csv.DictReader(io.StringIO(call(folder, "--format", "csv").stdout))
    assert first["seed"] == "0 1"
    assert float(first["ndcg@50 sd"]) == pytest.approx(0.0707, abs=1e-4)


def test_seeds_of_other_data_stay_apart() -> None:
    alike = [a_record(seed=seed) for seed in (2, 0, 1)]
    other = a_record(seed=1, split_fingerprint="e" * 16, metrics={"hr@50": 0.9})
    pools = aggregate_seeds([*alike, other, a_record(seed=0, encoder="mf")])
    assert [one.seeds_text for one in pools] == ["0–2", "0", "1"]


def test_records_are_chosen_by_a_condition(folder: Path) -> None:
    assert [row["head"] for row in rows(folder, "--where", "bits == 64")] == ["hashnet"]
    assert [row["head"] for row in rows(folder, "--where", 'hr@50 < 0.6 and head != "lsh"')] == ["sign_ste"]
    assert {row["seed"] for row in rows(folder, "--where", "seed == 1")} == {1}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--where", "bit == 64"], "--where 'bit == 64': name 'bit' is not defined; names: dataset, "),
        (["--where", "bits =="], "--where 'bits ==': "),
        (["--where", "bits + 1"], "is not true or false for a record"),
        (["--where", "bits == 7"], "No record in"),
        (["--columns", "haed"], "--columns 'haed': there is no such column. Did you mean 'head'?"),
        (["--group-by", "bit"], "--group-by 'bit': choose from encoder, head, bits,"),
        (["--test", "--sort", "p50_ms"], "--test compares users' values of a metric, and 'p50_ms' is none"),
        (["--test", "--profile", "hashgnn"], "--test needs the users' values as recorded: leave --profile out"),
    ],
)
def test_what_is_wrong_with_an_option_is_one_line(folder: Path, options: list[str], said: str) -> None:
    error = call(folder, *options).exception
    assert isinstance(error, HashbenchError)
    assert said in str(error)
    assert "\n" not in str(error)


def test_columns_are_those_asked_for_in_their_order(folder: Path) -> None:
    table = call(folder, "--columns", "hr@50,bits,p50_ms", "--format", "markdown").stdout
    header = next(line for line in table.splitlines() if line.startswith("|"))
    assert [cell.strip() for cell in header.split("|")[1:-1]] == ["#", "hr@50", "bits", "p50 ms"]


def test_tables_are_divided_by_a_column(folder: Path) -> None:
    found = rows(folder, "--group-by", "bits")
    assert [(row["group"][-7:], row["rank"], row["head"]) for row in found] == [
        ("bits 32", 1, "sign_ste"),
        ("bits 32", 2, "lsh"),
        ("bits 64", 1, "hashnet"),
    ]


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
    run = next(one for one in ResultsFolder(folder).read_all()[0] if one.head == "lsh" and one.seed == 1)
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
