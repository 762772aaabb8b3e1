"""Lines with separated fields: headers, encodings, quotes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from hashbench.components.datasets.files import File
from hashbench.protocols import LoadContext

from .sample_files import (
    LENIENT,
    STRICT,
    problem,
)


def test_blank_lines_alone() -> None:
    assert problem("log.csv", "\n\n") == (
        "log.csv: has only blank lines; expected a header line that names the columns"
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_files_in_another_encoding(encoding: str) -> None:
    text = problem("log.csv", "user,item\n1,2\n".encode(encoding))
    assert text == "log.csv:1: the header is not UTF-8 text; save the file as UTF-8"


@pytest.mark.parametrize("ctx", [STRICT, LENIENT])
@pytest.mark.parametrize("rows", [1, 300_000])
def test_a_quote_that_is_never_closed(ctx: LoadContext, rows: int) -> None:
    """It would swallow the rest of the file."""
    text = problem("log.csv", 'user,item,title\n1,2,"a ""b"""\n1,3,"c\n' + "1,4,d\n" * rows, ctx)
    assert text == "log.csv:3: a quote is opened here and never closed; close it, or get the file again"


def test_a_quote_within_a_field_is_no_open_quote() -> None:
    Path("log.csv").write_text('user,item,title\n1,2,5" disk\n1,3,c\n')
    assert len(File("log.csv").load(STRICT).interactions) == 2


def test_columns_of_formats_without_names() -> None:
    for path, content in (("x.rating", "1\t2\t3\t4\n"), ("ratings.dat", "1::2::3::4\n")):
        text = problem(path, content, user="uid")
        assert text == f"{path}: this format has no column names to choose by user=… and item=…"
    assert problem("a.txt", "1 2\n", item="iid") == (
        "a.txt: an adjacency list has no column names to choose by user=… and item=…"
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_byte_order_marks_and_blanks_do_not_count(tmp_path: Path, newline: str, mark: str) -> None:
    lines = [mark + " user , item ", "", "a,x y", " a , z", "b,x y"]
    path = tmp_path / "log.csv"
    path.write_bytes(newline.join(lines).encode())
    interactions = File(str(path)).load(LoadContext()).interactions
    assert [interactions.row(user).tolist() for user in range(2)] == [[0, 1], [0]]


def test_rows_are_read_without_a_loop(tmp_path: Path) -> None:
    """The number of Python calls must not follow the number of rows."""
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, 5_000, 100_000), rng.integers(0, 3_000, 100_000)
    path = tmp_path / "log.csv"
    path.write_text("user,item\n" + "\n".join(f"{u},{i}" for u, i in zip(users, items, strict=True)))
    File(str(path)).load(LoadContext())  # imports
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    File(str(path)).load(LoadContext())
    sys.setprofile(None)
    assert calls < 10_000
