"""Parquet files: types of columns, rows without ids, damage."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashbench.components.datasets.files import File
from hashbench.protocols import LoadContext

from .sample_files import (
    LENIENT,
    SKIP,
    problem,
)


def write_columns(**columns: object) -> None:
    pq.write_table(pa.table(columns), "log.parquet")


def test_parquet_rows_without_ids() -> None:
    write_columns(user=[1, 2, None, 4], item=["a", "", "b", "c"])
    assert problem("log.parquet") == f"log.parquet:2: 'item' is empty; {SKIP} (2 of 4)"
    assert File("log.parquet").load(LENIENT).skipped == 2
    write_columns(user=[1.0, float("nan"), 3.0], item=[1, 2, 3])
    assert problem("log.parquet") == f"log.parquet:2: 'user' is empty; {SKIP} (1 of 3)"


def test_parquet_columns_that_are_no_ids() -> None:
    write_columns(user=[1.5], item=[1])
    exact = "log.parquet: column 'user' holds floating-point numbers that are not exact ids; save integers or text"
    assert problem("log.parquet") == exact
    write_columns(user=[2.0**53 + 2], item=[1])
    assert problem("log.parquet") == exact
    write_columns(user=[[1]], item=[1])
    assert problem("log.parquet").startswith("log.parquet: column 'user' holds list<")
    assert problem("log.parquet").endswith("expected integers or text. Convert the column.")
    write_columns(user=[1], thing=[1])
    assert problem("log.parquet", item="thinh") == (
        "log.parquet: there is no column 'thinh'; it has user, thing. Did you mean 'thing'?"
    )


def test_damaged_parquet() -> None:
    write_columns(user=list(range(1000)), item=list(range(1000)))
    whole = Path("log.parquet").read_bytes()
    damaged = bytearray(whole)
    damaged[20:2000] = b"\xff" * 1980
    for content in (whole[: len(whole) // 2], b"user,item\n1,2\n", bytes(damaged)):
        text = problem("log.parquet", content)
        assert text.startswith("log.parquet: not a readable Parquet file (")
        assert text.endswith("); get or write it again")


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
