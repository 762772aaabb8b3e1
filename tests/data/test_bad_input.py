"""Bad input: each is one clear line that names the file, the place, what was expected and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashbench.components.datasets.files import File
from hashbench.data.loaded import LoadedData
from hashbench.errors import BadData, BadParameter, HashbenchError
from hashbench.protocols import LoadContext

SKIP = "give --skip-bad-rows to leave such rows out"
LINE_BREAK = "'user' contains a line break (is a quote not closed?)"
RATING = "expected 4 fields (user<tab>item<tab>rating<tab>timestamp)"
DAT = "expected 4 fields (UserID::MovieID::Rating::Timestamp)"
STRICT, LENIENT = LoadContext(), LoadContext(skip_bad_rows=True)
Load = Callable[..., LoadedData]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def problem(path: str, content: bytes | str | None = None, ctx: LoadContext = STRICT, **parameters: str) -> str:
    """Write a file, and return the one line that reading it gives."""
    if content is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(HashbenchError) as error:
        File(path, **parameters).load(ctx)  # type: ignore[arg-type]
    assert isinstance(error.value, BadData | BadParameter)
    assert error.value.exit_code == 2
    assert "\n" not in str(error.value)
    return str(error.value)


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


def test_blank_lines_alone() -> None:
    assert problem("log.csv", "\n\n") == (
        "log.csv: has only blank lines; expected a header line that names the columns"
    )


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


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_files_in_another_encoding(encoding: str) -> None:
    text = problem("log.csv", "user,item\n1,2\n".encode(encoding))
    assert text == "log.csv:1: the header is not UTF-8 text; save the file as UTF-8"


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


@pytest.mark.parametrize("ctx", [STRICT, LENIENT])
@pytest.mark.parametrize("rows", [1, 300_000])
def test_a_quote_that_is_never_closed(ctx: LoadContext, rows: int) -> None:
    """It would swallow the rest of the file."""
    text = problem("log.csv", 'user,item,title\n1,2,"a ""b"""\n1,3,"c\n' + "1,4,d\n" * rows, ctx)
    assert text == "log.csv:3: a quote is opened here and never closed; close it, or get the file again"


def test_a_quote_within_a_field_is_no_open_quote() -> None:
    Path("log.csv").write_text('user,item,title\n1,2,5" disk\n1,3,c\n')
    assert len(File("log.csv").load(STRICT).interactions) == 2


def test_missing_columns() -> None:
    rows = "userr,thing,time\n1,2,3\n"
    assert problem("log.csv", rows) == (
        "log.csv: no column is called user, user_id or the like; it has userr, thing, time. Give user=COLUMN."
    )
    assert problem("log.csv", rows, user="user", item="thing") == (
        "log.csv: there is no column 'user'; it has userr, thing, time. Did you mean 'userr'?"
    )
    assert problem("log.csv", rows, user="userr") == (
        "log.csv: no column is called item, item_id or the like; it has userr, thing, time. Give item=COLUMN."
    )
    assert problem("log.csv", rows, user="time", item="time") == (
        "log.csv: user and item are both column 'time'; name two columns"
    )


def test_columns_of_formats_without_names() -> None:
    for path, content in (("x.rating", "1\t2\t3\t4\n"), ("ratings.dat", "1::2::3::4\n")):
        text = problem(path, content, user="uid")
        assert text == f"{path}: this format has no column names to choose by user=… and item=…"
    assert problem("a.txt", "1 2\n", item="iid") == (
        "a.txt: an adjacency list has no column names to choose by user=… and item=…"
    )


def test_rows_of_ratings_are_no_adjacency_list() -> None:
    assert problem("log.txt", "1 1193 5 978300760\n1 661 3 978302109\n") == (
        "log.txt:2: user '1' has a second line; an adjacency list has one line per user, 'user item item …'. "
        "For rows of 'user item rating' give format=rating, tsv or csv."
    )
    assert problem("csv.txt", "user,item\n1,2\n") == (
        "csv.txt: no line names an item; expected 'user item item …', separated by blanks"
    )


def write_parquet(**columns: object) -> None:
    pq.write_table(pa.table(columns), "log.parquet")


def test_parquet_rows_without_ids() -> None:
    write_parquet(user=[1, 2, None, 4], item=["a", "", "b", "c"])
    assert problem("log.parquet") == f"log.parquet:2: 'item' is empty; {SKIP} (2 of 4)"
    assert File("log.parquet").load(LENIENT).skipped == 2
    write_parquet(user=[1.0, float("nan"), 3.0], item=[1, 2, 3])
    assert problem("log.parquet") == f"log.parquet:2: 'user' is empty; {SKIP} (1 of 3)"


def test_parquet_columns_that_are_no_ids() -> None:
    write_parquet(user=[1.5], item=[1])
    exact = "log.parquet: column 'user' holds floating-point numbers that are not exact ids; save integers or text"
    assert problem("log.parquet") == exact
    write_parquet(user=[2.0**53 + 2], item=[1])
    assert problem("log.parquet") == exact
    write_parquet(user=[[1]], item=[1])
    assert problem("log.parquet").startswith("log.parquet: column 'user' holds list<")
    assert problem("log.parquet").endswith("expected integers or text. Convert the column.")
    write_parquet(user=[1], thing=[1])
    assert problem("log.parquet", item="thinh") == (
        "log.parquet: there is no column 'thinh'; it has user, thing. Did you mean 'thing'?"
    )


def test_damaged_parquet() -> None:
    write_parquet(user=list(range(1000)), item=list(range(1000)))
    whole = Path("log.parquet").read_bytes()
    damaged = bytearray(whole)
    damaged[20:2000] = b"\xff" * 1980
    for content in (whole[: len(whole) // 2], b"user,item\n1,2\n", bytes(damaged)):
        text = problem("log.parquet", content)
        assert text.startswith("log.parquet: not a readable Parquet file (")
        assert text.endswith("); get or write it again")
