"""Data from the user's own files."""

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

    A folder with `train.txt` or `X.train.rating` has a published split if the test file lies beside it.
    """

    name: ClassVar[str] = "file"

    path: Annotated[str, Field(min_length=1, description="file or folder, relative to the working directory")]
    user: Annotated[str, Field(min_length=1, description="column of user ids; auto tries the usual names")] = AUTO
    item: Annotated[str, Field(min_length=1, description="column of item ids; auto tries the usual names")] = AUTO
    format: Annotated[Format, Field(description="file format; auto decides by the suffix")] = "auto"

    def load(self, ctx: LoadContext) -> LoadedData:
        """Read the file; users and items are numbered in the order of their ids."""
        path = Path(self.path).expanduser()
        if path.is_dir():
            path = _training_part(path)
        train, test = read_train_test(path, self.format, self.user, self.item, ctx.skip_bad_rows)
        return report_load(str(path), assemble(self.path, train, test), ctx.notes)


def _training_part(folder: Path) -> Path:
    files = [file for file in (folder / "train.txt", *sorted(folder.glob("*.train.rating"))) if file.exists()]
    if len(files) != 1:
        contents = f"{len(files)} training files" if files else "no train.txt or X.train.rating"
        raise BadData(f"{folder}: the folder holds {contents}; give the path of one file")
    return files[0]
