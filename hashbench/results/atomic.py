"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def temporary(file: Path) -> Path:
    """Return a name beside `file` that no other process takes."""
    return file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")


@contextmanager
def replacing(file: Path) -> Iterator[BinaryIO]:
    """Give a stream whose bytes take the place of `file` by a rename, once all are on the disk."""
    trial = temporary(file)
    try:
        with trial.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        trial.replace(file)
    except BaseException:
        trial.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
