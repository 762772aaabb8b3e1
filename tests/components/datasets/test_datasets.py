"""The published data sets: every form that users have, and the real data where it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.components.datasets.gowalla import Gowalla
from hashbench.components.datasets.movielens import MovieLens1M
from hashbench.components.datasets.pinterest import Pinterest
from hashbench.components.splits.published import Published
from hashbench.components.splits.ratio import Ratio
from hashbench.data import sources
from hashbench.errors import BadData
from hashbench.protocols import Dataset, LoadContext, RunContext


class Notes:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, message: str) -> None:
        self.lines.append(message)


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadContext:
    """An empty data folder, and nothing found elsewhere."""
    monkeypatch.setattr(sources, "download_cache", lambda: tmp_path / "cache")
    monkeypatch.delenv("HASHBENCH_DATA", raising=False)
    return LoadContext(data_dir=tmp_path, download=False, notes=Notes())


def put(ctx: LoadContext, name: str, content: str) -> Path:
    assert ctx.data_dir is not None
    path = ctx.data_dir / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="latin-1")
    return path


def notes_of(ctx: LoadContext) -> list[str]:
    assert isinstance(ctx.notes, Notes)
    return ctx.notes.lines


def test_movielens_is_numbered_by_the_publishers_ids_in_each_form(ctx: LoadContext) -> None:
    put(ctx, "ml-1m/ratings.dat", "1::1::5::978300760\n6040::3952::4::0\n1::73::3::0\n1::73::4::1\n")
    by_ratings = MovieLens1M().load(ctx)
    assert by_ratings.interactions.row(0).tolist() == [0, 72]
    assert by_ratings.interactions.row(6039).tolist() == [3951]
    assert by_ratings.merged == 1
    assert by_ratings.published is None
    assert by_ratings.item_titles is None
    put(ctx, "ml-1m/train.txt", "0 0\n6039 3951\n")
    put(ctx, "ml-1m/test.txt", "0 72\n6039\n")
    put(ctx, "ml-1m/movies.dat", "1::Toy Story (1995)::Comedy\n73::Misérables, Les (1995)::Drama|Musical\n")
    by_lists = MovieLens1M().load(ctx)
    assert by_lists.interactions.digest() == by_ratings.interactions.digest()
    assert by_lists.published is not None
    assert by_lists.item_titles is not None
    assert len(by_lists.item_titles) == 3952
    assert [by_lists.item_titles[item] for item in (0, 1, 72)] == ["Toy Story (1995)", "", "Misérables, Les (1995)"]


RATINGS, FILMS, PLACES = "ml-1m/ratings.dat", "ml-1m/train.txt", "gowalla/train.txt"


@pytest.mark.parametrize(
    ("dataset", "name", "content", "line", "wrong", "ids"),
    [
        (MovieLens1M(), RATINGS, "1::1::5::0\n1::3953::5::0\n", 2, "item '3953'", "1…3952"),
        (MovieLens1M(), RATINGS, "1::1::5::0\n1::2::5::0\n0::1::5::0\n", 3, "user '0'", "1…6040"),
        (MovieLens1M(), FILMS, "0 1 2\n1 x 3952\n", 2, "item 'x'", "0…3951"),
        (Gowalla(), PLACES, "0 1\n1 40980\n2 40981\n", 3, "item '40981'", "0…40980"),
        (Gowalla(), PLACES, "0 1\n29858 1\n", 2, "user '29858'", "0…29857"),
    ],
)
def test_ids_outside_the_catalogue(
    ctx: LoadContext, dataset: Dataset, name: str, content: str, line: int, wrong: str, ids: str
) -> None:
    path = put(ctx, name, content)
    with pytest.raises(BadData) as error:
        dataset.load(ctx)
    assert str(error.value) == (
        f"{path}:{line}: {wrong} is outside the publisher's {ids}; this is another data set, so give it as file:path=…"
    )


def test_titles_that_do_not_parse(ctx: LoadContext) -> None:
    put(ctx, "ml-1m/ratings.dat", "1::1::5::0\n")
    path = put(ctx, "ml-1m/movies.dat", "1::Toy Story (1995)::Comedy\nJumanji\n")
    with pytest.raises(BadData) as error:
        MovieLens1M().load(ctx)
    assert str(error.value) == f"{path}:2: expected 'MovieID::Title::Genres', ids 1…3952; get it again"


@pytest.mark.parametrize("folder", ["pinterest/", ""])
def test_pinterest_as_ncf_publishes_it(ctx: LoadContext, folder: str) -> None:
    put(ctx, f"{folder}pinterest-20.train.rating", "0\t0\t1\t1\n0\t1\t1\t1\n0\t1\t1\t1\n1\t2\t1\t1\n")
    put(ctx, f"{folder}pinterest-20.test.rating", "0\t2\t1\t1\n1\t2\t1\t1\n")
    data = Pinterest().load(ctx)
    assert data.published is not None
    assert [part.counts.tolist() for part in data.published] == [[2, 1], [1, 0]]
    assert data.merged == 2
    assert notes_of(ctx) == [
        "pinterest: this copy has 2 users, 3 items and 6 rows, the publisher's 55,187 users, 9,916 items and 1,500,809 "
        "rows; say so when you compare results"
    ]


@pytest.mark.parametrize(
    ("dataset", "users", "items", "interactions", "merged", "tested"),
    [
        (MovieLens1M(), 6_040, 3_952, 1_000_209, 0, 202_451),
        (Gowalla(), 29_858, 40_981, 1_027_370, 0, 217_242),
        (Pinterest(), 37_501, 9_836, 1_000_154, 25_555, None),
    ],
)
def test_real_data(
    real_data: Path, dataset: Dataset, users: int, items: int, interactions: int, merged: int, tested: int | None
) -> None:
    notes = Notes()
    data = dataset.load(LoadContext(data_dir=real_data, download=False, notes=notes))
    found = data.interactions
    assert (found.n_users, found.n_items, len(found), data.merged) == (users, items, interactions, merged)
    assert data.published is not None
    if tested is None:
        assert [note.split(",")[0] for note in notes.lines] == ["pinterest: this copy has 37"]
    else:
        assert notes.lines == []
        assert len(data.published[1]) == tested
    published = Published().split(data, RunContext())
    assert published.test.digest() == data.published[1].digest()
    split = Ratio().split(data, RunContext())
    assert len(split.train) + len(split.valid) + len(split.test) == interactions
    assert abs(len(split.test) / interactions - 0.3) < 0.01
