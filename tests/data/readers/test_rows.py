"""Bad rows and bad files of every format: one line that names the file, the line, the problem and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.components.datasets.files import File
from hashbench.protocols import LoadContext

from .sample_files import (
    LENIENT,
    SKIP,
    problem,
)

LINE_BREAK = "'user' contains a line break (is a quote not closed?)"
RATING = "expected 4 fields (user<tab>item<tab>rating<tab>timestamp)"
DAT = "expected 4 fields (UserID::MovieID::Rating::Timestamp)"


@pytest.mark.parametrize(
    "path", ["data/log.csv", "log.tsv", "log.inter", "log.parquet", "log.rating", "r.dat", "a.txt"]
)
def test_empty_file(path: str) -> None:
    text = problem(path, b"")
    assert text == f"{path}: the file is empty; expected rows of users and items. Get or write it again."


@pytest.mark.parametrize(
    ("path", "content"),
    [("log.csv", "user,item\n"), ("log.inter", "user_id:token\titem_id:token\n\n"), ("log.rating", "\n\n")],
)
def test_no_rows(path: str, content: str) -> None:
    text = problem(path, content)
    assert text == f"{path}: there are no rows; expected rows of users and items. Get or write it again."


def test_no_such_file() -> None:
    Path("ratings.csv").write_text("user,item\n1,2\n")
    assert problem("rating.csv") == "rating.csv: no such file. Did you mean 'ratings.csv'?"
    assert problem("nowhere/log.csv") == "nowhere/log.csv: no such file."


def test_unknown_suffix() -> None:
    advice = "give format=…, one of csv, tsv, parquet, inter, adjacency, dat, rating"
    assert problem("log.xlsx", b"PK") == f"log.xlsx: hashbench does not read the format '.xlsx'; {advice}"
    assert problem("log", b"1") == f"log: the file has no suffix; {advice}"


def test_folder_without_data() -> None:
    Path("empty").mkdir()
    assert problem("empty") == ("empty: the folder holds no train.txt or X.train.rating; give the path of one file")
    for name in ("a", "b"):
        Path(f"empty/{name}.train.rating").write_text("1\t1\t1\t1\n")
    assert problem("empty") == "empty: the folder holds 2 training files; give the path of one file"


@pytest.mark.parametrize(
    ("path", "lines", "bad", "wrong"),
    [
        ("data/log.csv", ["user,item,time", "1,2,3", "", "1,,3", "1,3,3", "1,2", ""], 4, "'item' is empty"),
        ("log.csv", ["user,item", "1,2", "1", "1,4", "1,5,6"], 3, "expected 2 fields (user,item), got 1"),
        ("log.csv", ["user,item", '"1', ' 1",2', "1,3", "1,4", ",5"], 2, LINE_BREAK),
        ("log.tsv", ["user\titem", "1\t2", " \t3", "1\t4", "2"], 3, "'user' is empty"),
        ("log.inter", ["user_id:token\titem_id:token", "1\t2", "1\t3", "4\t", "1"], 4, "'item_id' is empty"),
        ("x.rating", ["1\t2\t1\t0", "1\t3\t1\t0", "1\t4\t1", "\t1\t1\t1"], 3, f"{RATING}, got 3"),
        ("ratings.dat", ["1::1193::5::0", "1::2", "1::1197::3::9", "::3::5::9"], 2, f"{DAT}, got 2"),
    ],
)
def test_rows_that_do_not_parse(path: str, lines: list[str], bad: int, wrong: str) -> None:
    content = "\n".join(lines)
    assert problem(path, content) == f"{path}:{bad}: {wrong}; {SKIP} (2 of 4)"
    data = File(path).load(LENIENT)
    assert data.skipped == 2
    assert len(data.interactions) == 2


def test_large_counts_are_grouped() -> None:
    rows = "user,item\n" + "1,2\n" * 1039 + "3,\n" + "1,3\n" * 500 + ",\n" * 6
    assert problem("data/log.csv", rows) == f"data/log.csv:1041: 'item' is empty; {SKIP} (7 of 1,546)"


def test_rows_that_are_not_utf8() -> None:
    content = "user,item\n1,2\n1,caf\u00e9\n1,3\n".encode("latin-1")
    assert problem("log.csv", content) == f"log.csv:3: 'item' is not UTF-8 text; {SKIP} (1 of 3)"
    assert File("log.csv").load(LENIENT).interactions.counts.tolist() == [2]
    assert problem("a.txt", b"1 2 3\n2 \xff\n3 4\n") == (
        f"a.txt:2: byte 3 of the line is not UTF-8 text; {SKIP} (1 of 4)"
    )
    data = File("a.txt").load(LENIENT)
    assert (data.skipped, data.interactions.counts.tolist()) == (1, [2, 1])


def test_ids_with_a_nul() -> None:
    assert problem("log.csv", "user,item\n1,2\n1,\0\n") == f"log.csv:3: 'item' is not UTF-8 text; {SKIP} (1 of 2)"
    assert problem("a.txt", "1 2 3\n2 x\0\n") == f"a.txt:2: 'item' is not UTF-8 text; {SKIP} (1 of 3)"


def test_left_out_rows_leave_no_ids_behind() -> None:
    Path("log.csv").write_text("user,item\n1,2\n9,\n,8\n")
    interactions = File("log.csv").load(LENIENT).interactions
    assert (interactions.n_users, interactions.n_items) == (1, 1)


def test_left_out_rows_are_noted() -> None:
    class Notes:
        def __init__(self) -> None:
            self.lines: list[str] = []

        def note(self, message: str) -> None:
            self.lines.append(message)

    notes = Notes()
    Path("log.csv").write_text("user,item\n1,2\n9,\n")
    File("log.csv").load(LoadContext(skip_bad_rows=True, notes=notes))
    assert notes.lines == ["log.csv: bad rows left out: 1"]


def test_no_row_is_left_without_the_bad_ones() -> None:
    text = problem("log.csv", "user,item\n1,\n,2\n", LENIENT)
    assert text == "log.csv:2: 'item' is empty; no good row is left (2 of 2)"
