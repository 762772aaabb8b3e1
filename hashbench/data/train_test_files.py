"""A published split on disk: a training file, and the test file beside it."""

from __future__ import annotations

from pathlib import Path

from hashbench.data.readers import Format, reader_for
from hashbench.data.readers.columns import AUTO
from hashbench.data.readers.rows import Rows, Source


def read_train_test(
    path: Path, file_format: Format = "auto", user: str = AUTO, item: str = AUTO, skip_bad_rows: bool = False
) -> tuple[Rows, Rows | None]:
    """Read a file and, if it exists, the matching test file.

    `user` and `item` name columns; `file_format` "auto" means the format of the suffix.
    """
    reader = reader_for(path, file_format)
    train = reader.read(Source.file(path), user, item, skip_bad_rows)
    test_file = matching_test_file(path)
    if test_file is None or not test_file.exists():
        return train, None
    return train, reader.read(Source.file(test_file), user, item, skip_bad_rows)


def matching_test_file(path: Path) -> Path | None:
    """Return the path of the test file that belongs to a training file; None if `path` is not a training file.

    `test.txt` belongs to `train.txt`, and `X.test.rating` to `X.train.rating`. The file need not exist.
    """
    name = path.name
    if name.endswith(".train.rating"):
        return path.with_name(name.removesuffix(".train.rating") + ".test.rating")
    return path.with_name("test.txt") if name == "train.txt" else None
