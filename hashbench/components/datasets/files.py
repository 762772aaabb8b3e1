"""Users' own files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from hashbench.data.assemble import assemble
from hashbench.data.loaded import LoadedData
from hashbench.data.readers import Format
from hashbench.data.readers.columns import AUTO
from hashbench.data.sources import report_load
from hashbench.data.train_test_files import read_train_test
from hashbench.errors import BadData
from hashbench.protocols import LoadContext


@dataclass(frozen=True)
class File:
    """CSV, TSV, Parquet, RecBole `.inter`, adjacency lists (`.txt`), MovieLens `ratings.dat`, NCF `.rating`.

    A folder with `train.txt` or `X.train.rating` gives a published split, where its test file lies beside it.
    """

    name: ClassVar[str] = "file"

    path: Annotated[str, Field(min_length=1, description="file or folder, from the working directory")]
    user: Annotated[str, Field(min_length=1, description="column of the users; auto takes a customary name")] = AUTO
    item: Annotated[str, Field(min_length=1, description="column of the items; auto takes a customary name")] = AUTO
    format: Annotated[Format, Field(description="file format; auto goes by the suffix")] = "auto"

    def load(self, ctx: LoadContext) -> LoadedData:
        """Read the file; users and items are numbered in the order of their ids."""
        path = Path(self.path).expanduser()
        if path.is_dir():
            path = _training_part(path)
        train, test = read_train_test(path, self.format, self.user, self.item, ctx.skip_bad_rows)
        return report_load(str(path), assemble(self.path, train, test), ctx.notes)


def _training_part(folder: Path) -> Path:
    parts = [one for one in (folder / "train.txt", *sorted(folder.glob("*.train.rating"))) if one.exists()]
    if len(parts) != 1:
        found = f"{len(parts)} training files" if parts else "no train.txt or X.train.rating"
        raise BadData(f"{folder}: the folder holds {found}; give the path of one file")
    return parts[0]
