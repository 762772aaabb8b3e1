"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hashbench.errors import Unwritable, why


def temporary(file: Path) -> Path:
    """Return the path of a temporary file beside `file`, which no other process uses."""
    return file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")


@contextmanager
def atomic_write(file: Path) -> Iterator[BinaryIO]:
    """Yield a stream. Once all bytes are on the disk, they replace `file` by a rename."""
    with atomic_write_path(file) as trial, trial.open("r+b") as stream:
        yield stream


@contextmanager
def atomic_write_path(file: Path) -> Iterator[Path]:
    """Yield the path of an empty file. What is written to it replaces `file`, as in `atomic_write`."""
    trial = temporary(file)
    try:
        with trial.open("xb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
        yield trial
        trial.chmod(stat.S_IMODE(mode))  # the writer may have replaced the file by its own
        _sync(trial)
        trial.replace(file)
    except BaseException:
        trial.unlink(missing_ok=True)
        raise
    _sync(file.parent)


def write_file(file: Path, content: bytes) -> None:
    """Write a whole file in the place of an older one; raises `Unwritable`."""
    try:
        with atomic_write(file) as stream:
            stream.write(content)
    except OSError as error:
        raise Unwritable(f"{file} cannot be written: {why(error)}") from None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
