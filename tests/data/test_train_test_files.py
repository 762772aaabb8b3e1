"""A training file and its test file are a published split."""

from __future__ import annotations

from pathlib import Path

from hashbench.components.datasets.files import File
from hashbench.protocols import LoadContext

from .readers.sample_files import (
    write_rating,
)


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
