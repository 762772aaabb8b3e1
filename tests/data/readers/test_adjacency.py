"""Adjacency lists, and what is not one."""

from __future__ import annotations

from pathlib import Path

from hashbench.components.datasets.files import File
from hashbench.protocols import LoadContext

from .sample_files import (
    problem,
)


def test_rows_of_ratings_are_no_adjacency_list() -> None:
    assert problem("log.txt", "1 1193 5 978300760\n1 661 3 978302109\n") == (
        "log.txt:2: user '1' has a second line; an adjacency list has one line per user, 'user item item …'. "
        "For rows of 'user item rating' give format=rating, tsv or csv."
    )
    assert problem("csv.txt", "user,item\n1,2\n") == (
        "csv.txt: no line names an item; expected 'user item item …', separated by blanks"
    )


def test_an_edge_list_may_name_a_user_twice(tmp_path: Path) -> None:
    (tmp_path / "edges.txt").write_text("a x\na y\nb x\n")
    assert File(str(tmp_path / "edges.txt")).load(LoadContext()).interactions.counts.tolist() == [2, 1]
