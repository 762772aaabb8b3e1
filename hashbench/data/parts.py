"""Published splits on disk: a training file, and the test file that lies beside it."""

from __future__ import annotations

from pathlib import Path

from hashbench.data.readers import Format, reader_for
from hashbench.data.readers.columns import AUTO
from hashbench.data.readers.rows import Rows, Source


def read_parts(
    path: Path, form: Format = "auto", user: str = AUTO, item: str = AUTO, skip_bad_rows: bool = False
) -> tuple[Rows, Rows | None]:
    """Read a file, and its test part where there is one: `train.txt` with `test.txt`, `X.train.rating` alike."""
    reader = reader_for(path, form)
    beside = test_part(path)
    train, *test = (
        reader.read(Source.file(one), user, item, skip_bad_rows)
        for one in (path, beside)
        if one is not None and (one is path or one.exists())
    )
    return train, test[0] if test else None


def test_part(path: Path) -> Path | None:
    """Return where the test part of a training file would lie; None for a file that is no training part."""
    name = path.name
    if name.endswith(".train.rating"):
        return path.with_name(name.removesuffix(".train.rating") + ".test.rating")
    return path.with_name("test.txt") if name == "train.txt" else None
