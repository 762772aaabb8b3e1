"""MovieLens 1M."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from hashbench.data.assemble import assemble
from hashbench.data.ids import PublishedIds
from hashbench.data.loaded import LoadedData
from hashbench.data.readers import READERS
from hashbench.data.readers.rows import Source
from hashbench.data.sources import DatasetCounts, Origin, find_or_download, report_load, zip_member
from hashbench.data.train_test_files import read_train_test
from hashbench.errors import BadData
from hashbench.protocols import LoadContext

ORIGIN = Origin(
    "ml-1m",
    "https://files.grouplens.org/datasets/movielens",
    {"ml-1m.zip": "md5:c4d9eecfca2ab87c1945afe126590906"},
)
FORMS = ("ml-1m/train.txt", "ml-1m/ratings.dat", "ml-1m.zip")
N_USERS, N_ITEMS = 6_040, 3_952


@dataclass(frozen=True)
class MovieLens1M:
    """One million ratings of 3,706 films by 6,040 users, binarised (Harper and Konstan, TiiS 2015).

    Users and items are numbered by GroupLens' ids: 3,952 items, of which 246 have no rating. The files may be those of
    GroupLens, or the adjacency lists with the 80/20 split of BiGeaR and BGCH.
    """

    name: ClassVar[str] = "ml-1m"

    def load(self, ctx: LoadContext) -> LoadedData:
        """Read `ml-1m/train.txt` and `test.txt`, `ml-1m/ratings.dat` or `ml-1m.zip`; download the last if need be."""
        path = find_or_download(ORIGIN, FORMS, ctx.data_dir, ctx.download, ctx.notes)
        if path.name == "train.txt":
            train, test = read_train_test(path, skip_bad_rows=ctx.skip_bad_rows)
            data = assemble(str(path.parent), train, test, PublishedIds(N_USERS, N_ITEMS), _titles(path.parent))
        else:
            zipped = path.suffix == ".zip"
            ratings = zip_member(path, "ml-1m/ratings.dat") if zipped else Source.file(path)
            rows = READERS["dat"].read(ratings, skip_bad_rows=ctx.skip_bad_rows)
            titles = _titles(path if zipped else path.parent)
            data = assemble(str(path), rows, None, PublishedIds(N_USERS, N_ITEMS, first=1), titles)
        return report_load(self.name, data, ctx.notes, DatasetCounts(N_USERS, 3_706, 1_000_209))


def _titles(source: Path) -> tuple[str, ...] | None:
    if source.suffix == ".zip":
        movies = zip_member(source, "ml-1m/movies.dat")
    elif (source / "movies.dat").exists():
        movies = Source.file(source / "movies.dat")
    else:
        return None
    titles = [""] * N_ITEMS
    for line, text in enumerate(movies.read().decode("latin-1").splitlines(), 1):
        movie, *rest = text.split("::")
        if len(rest) != 2 or not (movie.isdecimal() and 1 <= int(movie) <= N_ITEMS):
            raise BadData(f"{movies.label}:{line}: expected 'MovieID::Title::Genres', ids 1…{N_ITEMS}; get it again")
        titles[int(movie) - 1] = rest[0]
    return tuple(titles)
