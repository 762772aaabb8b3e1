"""Readers: what was written comes back, through real files, whatever the ids and the order of rows."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashbench.components.datasets.files import File
from hashbench.data.loaded import LoadedData
from hashbench.protocols import LoadContext

Pair = tuple[str, str]
Writer = Callable[[Path, list[Pair]], None]


def write_quoted(separator: str) -> Writer:
    def write(path: Path, pairs: list[Pair]) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=separator)
            writer.writerow(["timestamp", "user_id", "title", "item_id"])
            writer.writerows([[1, user, 'of "x", 1\nand 2', item] for user, item in pairs])

    return write


def write_inter(path: Path, pairs: list[Pair]) -> None:
    lines = ["user_id:token\titem_id:token\trating:float", *(f"{user}\t{item}\t4.0" for user, item in pairs)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_parquet(path: Path, pairs: list[Pair]) -> None:
    users, items = zip(*pairs, strict=True)
    pq.write_table(pa.table({"uid": users, "title": ["x"] * len(pairs), "iid": items}), path)


def write_rating(path: Path, pairs: list[Pair]) -> None:
    path.write_text("".join(f"{user}\t{item}\t1.0\t978300760\n" for user, item in pairs), encoding="utf-8")


def write_dat(path: Path, pairs: list[Pair]) -> None:
    text = "".join(f"{user}::{item}::5::978300760\n" for user, item in pairs)
    path.write_text(text, encoding="latin-1")


def write_adjacency(path: Path, pairs: list[Pair]) -> None:
    rows: dict[str, list[str]] = {}
    for user, item in pairs:
        rows.setdefault(user, []).append(item)
    path.write_text("".join(" ".join([user, *items]) + "\n" for user, items in rows.items()), encoding="utf-8")


def ids(more: str = "", without: str = "", latin: bool = False) -> st.SearchStrategy[str]:
    """Ids of all kinds: Chinese, blanks inside, quotes, leading zeros, numbers of 64 bits and more."""
    odd = "é1 :ÿ" if latin else "用户 商品é😀'|;:\u00a0\u3000"
    letters = "".join(sorted(set("ab01" + odd + more) - set(without)))
    text = st.text(letters, min_size=1, max_size=6).map(lambda one: one.strip(" \t")).filter(bool)
    numbers = st.integers(-(2**63), 2**70).map(str)
    near = st.integers(2**53, 2**53 + 3).map(str)
    return st.one_of(text, numbers, near, st.sampled_from(["007", "7", "0", "-0", "1.0", "1", "NA", "null", "nan"]))


FORMATS: dict[str, tuple[Writer, st.SearchStrategy[str]]] = {
    "log.csv": (write_quoted(","), ids(more='",\t')),
    "log.tsv": (write_quoted("\t"), ids(more='",\t').map(str.strip).filter(bool)),
    "log.inter": (write_inter, ids(more='",')),
    "log.parquet": (write_parquet, ids(more='",\t').map(str.strip).filter(bool)),
    "log.rating": (write_rating, ids(more='",')),
    "ratings.dat": (write_dat, ids(without=":", latin=True)),
    "train.txt": (write_adjacency, ids(more='",', without=" ")),
}


def expected_order(values: set[str]) -> list[str]:
    if all(re.fullmatch("0|-?[1-9][0-9]*", value) for value in values):
        return sorted(values, key=int)
    return sorted(values)


def named_pairs(data: LoadedData, pairs: list[Pair]) -> set[Pair]:
    users, items = (expected_order({pair[side] for pair in pairs}) for side in (0, 1))
    numbers = data.interactions
    assert (numbers.n_users, numbers.n_items) == (len(users), len(items))
    return {(users[u], items[i]) for u, i in zip(numbers.users(), numbers.indices, strict=True)}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_what_was_written_comes_back(name: str, tmp_path: Path, draw: st.DataObject) -> None:
    write, texts = FORMATS[name]
    pairs = draw.draw(st.lists(st.tuples(texts, texts), min_size=1, max_size=20))
    path = tmp_path / name
    write(path, pairs)
    data = File(str(path)).load(LoadContext())
    assert named_pairs(data, pairs) == set(pairs)
    assert data.merged == len(pairs) - len(set(pairs))
    write(path, draw.draw(st.permutations(pairs)))
    assert File(str(path)).load(LoadContext()).interactions.digest() == data.interactions.digest()


INTEGERS = st.one_of(st.integers(-5, 5), st.integers(2**53, 2**53 + 3), st.integers(2**63 - 3, 2**63 - 1))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(INTEGERS, min_size=1, max_size=20))
def test_64_bit_integers_of_parquet_stay_exact(tmp_path: Path, numbers: list[int]) -> None:
    path = tmp_path / "log.parquet"
    pq.write_table(pa.table({"user": pa.array(numbers, pa.int64()), "item": pa.array(numbers).cast("int64")}), path)
    interactions = File(str(path)).load(LoadContext()).interactions
    assert interactions.n_users == interactions.n_items == len(set(numbers)) == len(interactions)
    assert interactions.indices.tolist() == list(range(len(set(numbers))))


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1.0, 2.0, 1.0]),
        pa.array(["b", "a", "b"]).dictionary_encode(),
        pa.array([2**64 - 1, 1, 2**64 - 1], pa.uint64()),
        pa.array(["x", "y", "x"], pa.large_string()),
    ],
)
def test_kinds_of_parquet_columns(tmp_path: Path, column: pa.Array) -> None:
    pq.write_table(pa.table({"user": column, "item": ["p", "p", "q"]}), tmp_path / "log.parquet")
    data = File(str(tmp_path / "log.parquet")).load(LoadContext())
    assert data.interactions.counts.sum() == 3
    assert sorted(data.interactions.counts.tolist()) == [1, 2]


def test_integers_are_numbered_as_integers_and_leading_zeros_count(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user,item\n10,a\n9,b\n")
    assert File(str(path)).load(LoadContext()).interactions.indices.tolist() == [1, 0]
    path.write_text("user,item\n10,a\n9,b\n09,c\n")
    assert File(str(path)).load(LoadContext()).interactions.indices.tolist() == [2, 0, 1]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_byte_order_marks_and_blanks_do_not_count(tmp_path: Path, newline: str, mark: str) -> None:
    lines = [mark + " user , item ", "", "a,x y", " a , z", "b,x y"]
    path = tmp_path / "log.csv"
    path.write_bytes(newline.join(lines).encode())
    interactions = File(str(path)).load(LoadContext()).interactions
    assert [interactions.row(user).tolist() for user in range(2)] == [[0, 1], [0]]


@pytest.mark.parametrize(
    "header", ["userId,movieId", "UID,ISBN", "item_id,user_id", "用户ID,商品ID", "user,rating,ItemId"]
)
def test_customary_column_names(tmp_path: Path, header: str) -> None:
    path = tmp_path / "log.csv"
    width = header.count(",")
    path.write_text(f"{header}\n1{',2' * width}\n3{',4' * width}\n", encoding="utf-8")
    assert len(File(str(path)).load(LoadContext()).interactions) == 2


def test_columns_and_format_by_parameter(tmp_path: Path) -> None:
    path = tmp_path / "log.dump"
    path.write_text("who,what\na,x\na,y\n")
    data = File(str(path), user="who", item="what", format="csv").load(LoadContext())
    assert data.interactions.counts.tolist() == [2]


def test_a_folder_of_adjacency_lists_is_a_published_split(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("0 5 3 3\n1 4\n2\n")
    (tmp_path / "test.txt").write_text("0 3 7\n1\n2 4\n")
    data = File(str(tmp_path)).load(LoadContext())
    assert data.published is not None
    train, test = data.published
    assert [train.row(user).tolist() for user in range(3)] == [[0, 2], [1], []]
    assert [test.row(user).tolist() for user in range(3)] == [[3], [], [1]]  # 3 is in both parts: training keeps it
    assert data.interactions.digest() == train.union(test).digest()
    assert data.merged == 2
    (tmp_path / "test.txt").unlink()
    assert File(str(tmp_path)).load(LoadContext()).published is None


def test_rating_files_side_by_side_are_a_published_split(tmp_path: Path) -> None:
    write_rating(tmp_path / "pin.train.rating", [("0", "5"), ("0", "6"), ("1", "5")])
    write_rating(tmp_path / "pin.test.rating", [("0", "7"), ("1", "6")])
    by_file = File(str(tmp_path / "pin.train.rating")).load(LoadContext())
    by_folder = File(str(tmp_path)).load(LoadContext())
    assert by_file.published is not None
    assert by_folder.published is not None
    assert [part.indices.tolist() for part in by_file.published] == [[0, 1, 0], [2, 1]]
    assert by_folder.interactions.digest() == by_file.interactions.digest()


def test_an_edge_list_may_name_a_user_twice(tmp_path: Path) -> None:
    (tmp_path / "edges.txt").write_text("a x\na y\nb x\n")
    assert File(str(tmp_path / "edges.txt")).load(LoadContext()).interactions.counts.tolist() == [2, 1]


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
