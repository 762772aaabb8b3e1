"""The user's own files: columns, folders, and what is no data set. tests/data has the formats in detail."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.components.datasets.files import File
from hashbench.errors import BadData
from hashbench.protocols import LoadContext


def test_columns_by_name_and_by_customary_names(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("who,what,user_id,item_id\na,x,b,y\nb,y,b,z\n")
    named = File(str(path), user="who", item="what").load(LoadContext())
    assert [named.interactions.row(user).tolist() for user in range(2)] == [[0], [1]]
    assert File(str(path)).load(LoadContext()).interactions.row(0).tolist() == [0, 1]


def test_a_folder_with_both_parts_has_a_published_split(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("0 0 1\n1 1\n")
    (tmp_path / "test.txt").write_text("0 2\n1 0\n")
    data = File(str(tmp_path)).load(LoadContext())
    assert data.published is not None
    assert [part.counts.tolist() for part in data.published] == [[2, 1], [1, 1]]


@pytest.mark.parametrize(
    ("names", "problem"),
    [([], "no train.txt or X.train.rating"), (["a.train.rating", "b.train.rating"], "2 training files")],
)
def test_a_folder_without_one_training_file_is_an_error(tmp_path: Path, names: list[str], problem: str) -> None:
    for name in names:
        (tmp_path / name).write_text("0\t0\t1\t1\n")
    with pytest.raises(BadData) as error:
        File(str(tmp_path)).load(LoadContext())
    assert str(error.value) == f"{tmp_path}: the folder holds {problem}; give the path of one file"
