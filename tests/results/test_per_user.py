"""Hits and values stored beside a record, and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.errors import BadRecord
from hashbench.protocols import ScoredRanking
from hashbench.results.per_user import Hits, TieGroups
from hashbench.results.store import ResultsFolder, locate, read_files

from .factory import a_failure, a_record

FOUND = np.array([[1, 0, 0, 0, 0, 0, 0, 0, 1, 0], [0] * 10, [0, 1, 1, 0, 0, 0, 0, 1, 0, 1]], bool)
HITS = Hits(FOUND, np.array([3, 0, 40_000]))
VALUES = {"hr@10": np.array([0.5, np.nan, 1.0])}


def test_hits_come_back_and_are_no_metrics(tmp_path: Path) -> None:
    folder, record = ResultsFolder(tmp_path), a_record()
    file = folder.write(record, VALUES, HITS)
    is_hit, n_relevant, n_ranked, ties = folder.hits(record)
    assert [str(array.dtype) for array in (is_hit, n_relevant)] == ["bool", "int64"]
    np.testing.assert_array_equal(is_hit, HITS.is_hit)
    np.testing.assert_array_equal(n_relevant, HITS.n_relevant)
    assert (n_ranked, ties) == (None, None)
    assert list(folder.per_user(record)) == ["hr@10"]
    table = pq.read_table(file.with_suffix(".users.parquet"))
    assert [(field.name, str(field.type)) for field in table.schema] == [
        ("user", "int32"),
        ("hr@10", "float"),
        ("relevant", "int32"),
        ("hits", "fixed_size_binary[2]"),
    ]
    assert table.schema.metadata[b"hits_k"] == b"10"
    assert table.column("hits").to_pylist() == [b"\x80\x80", b"\x00\x00", b"\x61\x40"]


def test_hits_may_stand_alone(tmp_path: Path) -> None:
    folder, record = ResultsFolder(tmp_path), a_record()
    folder.write(record, {}, HITS)
    assert folder.per_user(record) == {}
    np.testing.assert_array_equal(folder.hits(record).is_hit, FOUND)


@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 70)),
    seed=st.integers(0, 2**32 - 1),
    order=st.sampled_from(["C", "F"]),
)
def test_any_hits_come_back(
    tmp_path_factory: pytest.TempPathFactory, shape: tuple[int, int], seed: int, order: str
) -> None:
    rng = np.random.default_rng(seed)
    hits = Hits(np.array(rng.random(shape) < 0.3, order=order), rng.integers(0, 100, shape[0]))  # type: ignore[call-overload]
    folder, record = ResultsFolder(tmp_path_factory.mktemp("results")), a_record()
    folder.write(record, {}, hits)
    for written, read in zip(hits[:2], folder.hits(record)[:2], strict=True):
        np.testing.assert_array_equal(read, written)


def test_ties_and_the_lengths_of_rankings_come_back(tmp_path: Path) -> None:
    starts = np.array([[True, False] * 5, [True] + [False] * 9, [True] * 10])
    ties = TieGroups(starts, np.array([2, 700, 1]), np.array([0, 40, 1]))
    folder, record = ResultsFolder(tmp_path), a_record()
    folder.write(record, VALUES, Hits(FOUND, HITS.n_relevant, np.array([10, 0, 7]), ties))
    hits = folder.hits(record)
    assert hits.n_ranked is not None
    assert hits.n_ranked.tolist() == [10, 0, 7]
    assert hits.ties is not None
    for written, read in zip(ties, hits.ties, strict=True):
        np.testing.assert_array_equal(read, written)
    assert list(folder.per_user(record)) == ["hr@10"]


def test_hits_of_the_asked_are_spread_over_all_users() -> None:
    ranking = ScoredRanking(np.zeros((2, 2), np.int32), np.array([[True, False], [False, True]]), np.array([5, 7]))
    hits = Hits.from_ranking(ranking, np.array([3, 1]), 5)
    assert hits.is_hit.astype(int).tolist() == [[0, 0], [0, 1], [0, 0], [1, 0], [0, 0]]
    assert hits.n_relevant.tolist() == [0, 7, 0, 5, 0]


def test_a_file_without_hits_says_to_run_again(tmp_path: Path) -> None:
    folder, record = ResultsFolder(tmp_path), a_record()
    values = folder.write(record, VALUES).with_suffix(".users.parquet")
    with pytest.raises(BadRecord) as caught:
        folder.hits(record)
    reason = f"an older hashbench wrote no hits of run {record.run_id} into it; run it again: {record.command}"
    assert str(caught.value) == f"{values}: {reason}"


def test_hits_that_are_missing_damaged_or_of_another_writing(tmp_path: Path) -> None:
    folder, record = ResultsFolder(tmp_path), a_record()
    values = folder.write(record, VALUES, HITS).with_suffix(".users.parquet")
    with pytest.raises(BadRecord, match="from another writing of run"):
        folder.hits(record.model_copy(update={"created": "2026-11-21T00:00:00+00:00"}))
    values.write_bytes(values.read_bytes()[:40])
    with pytest.raises(BadRecord, match="damaged, run"):
        folder.hits(record)
    values.unlink()
    with pytest.raises(BadRecord, match="missing; run it again"):
        folder.hits(record)


def test_a_second_writing_without_hits_leaves_none(tmp_path: Path) -> None:
    folder, record = ResultsFolder(tmp_path), a_record()
    folder.write(record, VALUES, HITS)
    folder.write(record, VALUES)
    with pytest.raises(BadRecord, match="wrote no hits"):
        folder.hits(record)


def test_records_are_located_with_their_files(tmp_path: Path) -> None:
    ok, failed = a_record(seed=0), a_failure(seed=1)
    first = ResultsFolder(tmp_path / "a").write(ok, VALUES, HITS)
    second = ResultsFolder(tmp_path / "b").write(failed, {})
    (tmp_path / "b" / "empty.json").touch()
    paths = [first, tmp_path / "b"]
    placed, problems = locate(paths)
    assert placed == [(first, ok), (second, failed)]
    assert [problem.file.name for problem in problems] == ["empty.json"]
    assert read_files(paths) == ([ok, failed], problems)
