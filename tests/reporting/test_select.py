"""Which columns, which tables, and what is wrong with an option."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.errors import HashbenchError

from .heads import call, rows


@pytest.mark.parametrize(
    ("options", "message"),
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
def test_what_is_wrong_with_an_option_is_one_line(folder: Path, options: list[str], message: str) -> None:
    error = call(folder, *options).exception
    assert isinstance(error, HashbenchError)
    assert message in str(error)
    assert "\n" not in str(error)


def test_columns_are_those_asked_for_in_their_order(folder: Path) -> None:
    table = call(folder, "--columns", "hr@50,bits,p50_ms", "--format", "markdown").stdout
    header = next(line for line in table.splitlines() if line.startswith("|"))
    assert [cell.strip() for cell in header.split("|")[1:-1]] == ["#", "hr@50", "bits", "p50 ms"]


def test_tables_are_divided_by_a_column(folder: Path) -> None:
    listed = rows(folder, "--group-by", "bits")
    assert [(row["group"][-7:], row["rank"], row["head"]) for row in listed] == [
        ("bits 32", 1, "sign_ste"),
        ("bits 32", 2, "lsh"),
        ("bits 64", 1, "hashnet"),
    ]
