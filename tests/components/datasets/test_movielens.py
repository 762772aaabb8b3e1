"""MovieLens 1M in every form that users have."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.components.datasets.movielens import MovieLens1M
from hashbench.errors import BadData
from hashbench.protocols import LoadContext

from .laws import assert_an_id_outside_the_catalogue_is_an_error, load_real_data, write

RATINGS, LISTS = "ml-1m/ratings.dat", "ml-1m/train.txt"


def test_it_is_numbered_by_the_publishers_ids_in_each_form(ctx: LoadContext) -> None:
    write(ctx, "ml-1m/ratings.dat", "1::1::5::978300760\n6040::3952::4::0\n1::73::3::0\n1::73::4::1\n")
    by_ratings = MovieLens1M().load(ctx)
    assert by_ratings.interactions.row(0).tolist() == [0, 72]
    assert by_ratings.interactions.row(6039).tolist() == [3951]
    assert by_ratings.merged == 1
    assert by_ratings.published is None
    assert by_ratings.item_titles is None
    write(ctx, "ml-1m/train.txt", "0 0\n6039 3951\n")
    write(ctx, "ml-1m/test.txt", "0 72\n6039\n")
    write(ctx, "ml-1m/movies.dat", "1::Toy Story (1995)::Comedy\n73::Misérables, Les (1995)::Drama|Musical\n")
    by_lists = MovieLens1M().load(ctx)
    assert by_lists.interactions.digest() == by_ratings.interactions.digest()
    assert by_lists.published is not None
    assert by_lists.item_titles is not None
    assert len(by_lists.item_titles) == 3952
    assert [by_lists.item_titles[item] for item in (0, 1, 72)] == ["Toy Story (1995)", "", "Misérables, Les (1995)"]


@pytest.mark.parametrize(
    ("name", "content", "line", "wrong", "ids"),
    [
        (RATINGS, "1::1::5::0\n1::3953::5::0\n", 2, "item '3953'", "1…3952"),
        (RATINGS, "1::1::5::0\n1::2::5::0\n0::1::5::0\n", 3, "user '0'", "1…6040"),
        (LISTS, "0 1 2\n1 x 3952\n", 2, "item 'x'", "0…3951"),
    ],
)
def test_ids_outside_the_catalogue_are_an_error(
    ctx: LoadContext, name: str, content: str, line: int, wrong: str, ids: str
) -> None:
    assert_an_id_outside_the_catalogue_is_an_error(ctx, MovieLens1M(), name, content, line, wrong, ids)


def test_titles_that_do_not_parse_are_an_error(ctx: LoadContext) -> None:
    write(ctx, "ml-1m/ratings.dat", "1::1::5::0\n")
    path = write(ctx, "ml-1m/movies.dat", "1::Toy Story (1995)::Comedy\nJumanji\n")
    with pytest.raises(BadData) as error:
        MovieLens1M().load(ctx)
    assert str(error.value) == f"{path}:2: expected 'MovieID::Title::Genres', ids 1…3952; get it again"


def test_real_data(real_data: Path) -> None:
    data, notes = load_real_data(real_data, MovieLens1M(), (6_040, 3_952, 1_000_209, 0))
    assert notes.lines == []
    assert len(data.published[1]) == 202_451
