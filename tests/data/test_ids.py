"""Ids are numbered in an order that does not depend on the rows."""

from __future__ import annotations

from pathlib import Path

from hashbench.components.datasets.files import File
from hashbench.protocols import LoadContext


def test_integers_are_numbered_as_integers_and_leading_zeros_count(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user,item\n10,a\n9,b\n")
    assert File(str(path)).load(LoadContext()).interactions.indices.tolist() == [1, 0]
    path.write_text("user,item\n10,a\n9,b\n09,c\n")
    assert File(str(path)).load(LoadContext()).interactions.indices.tolist() == [2, 0, 1]
