"""From rows of ids to a data set: numbering, repeated pairs, ids outside the published ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.data.assemble import assemble
from hashbench.data.ids import PublishedIds
from hashbench.data.readers import READERS
from hashbench.data.readers.rows import Rows, Source
from hashbench.errors import BadData


def rows(path: Path, *pairs: tuple[int, int]) -> Rows:
    path.write_text("".join(f"{user}\t{item}\t1\t0\n" for user, item in pairs))
    return READERS["rating"].read(Source.file(path))


def test_repeated_pairs_are_merged_and_counted(tmp_path: Path) -> None:
    data = assemble("log", rows(tmp_path / "log.rating", (5, 7), (5, 7), (9, 7)))
    assert (data.interactions.n_users, data.interactions.n_items, len(data.interactions)) == (2, 1, 2)
    assert (data.merged, data.skipped, data.source, data.published) == (1, 0, "log", None)
    assert data.files == (tmp_path / "log.rating",)


def test_a_pair_of_both_parts_stays_in_training_alone(tmp_path: Path) -> None:
    train = rows(tmp_path / "x.train.rating", (0, 0), (1, 1))
    test = rows(tmp_path / "x.test.rating", (0, 0), (0, 1))
    data = assemble("x", train, test)
    assert data.published is not None
    assert [part.counts.tolist() for part in data.published] == [[1, 1], [1, 0]]
    assert (len(data.interactions), data.merged) == (3, 1)
    assert set(data.files or ()) == {tmp_path / "x.train.rating", tmp_path / "x.test.rating"}


def test_the_test_file_that_is_missing_counts_as_a_file_to_watch(tmp_path: Path) -> None:
    data = assemble("x", rows(tmp_path / "x.train.rating", (0, 0)))
    assert data.files == (tmp_path / "x.train.rating", tmp_path / "x.test.rating")


def test_published_ids_keep_their_numbers(tmp_path: Path) -> None:
    data = assemble("x", rows(tmp_path / "x.rating", (1, 4), (3, 1)), None, PublishedIds(3, 5, first=1))
    assert (data.interactions.n_users, data.interactions.n_items) == (3, 5)
    assert [data.interactions.row(user).tolist() for user in range(3)] == [[3], [], [0]]


@pytest.mark.parametrize(("pair", "side", "value", "last"), [((4, 1), "user", 4, 3), ((1, 0), "item", 0, 5)])
def test_an_id_outside_the_published_ones_is_named(
    tmp_path: Path, pair: tuple[int, int], side: str, value: int, last: int
) -> None:
    file = tmp_path / "x.rating"
    with pytest.raises(BadData) as error:
        assemble("x", rows(file, (1, 1), pair), None, PublishedIds(3, 5, first=1))
    assert str(error.value) == (
        f"{file}:2: {side} '{value}' is outside the publisher's 1…{last}; "
        "this is another data set, so give it as file:path=…"
    )
