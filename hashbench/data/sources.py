"""Where data sets are found: the folders that are searched, downloads with pinned checksums, archives."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hashbench.data.loaded import LoadedData
from hashbench.data.readers.rows import Source
from hashbench.errors import BadData, why
from hashbench.observers import NoteObserver

ENVIRONMENT = "HASHBENCH_DATA"


class DatasetNotFound(BadData):
    """A data set that is not on this machine; the text says which file to put where."""


@dataclass(frozen=True)
class Origin:
    """Where a data set is published: the local names of its files, their addresses' last parts, and checksums.

    A file without a checksum (None) is never downloaded: nobody could tell what came.
    """

    name: str
    base_url: str
    files: Mapping[str, str | None]

    def url(self, file: str) -> str:
        """Return the address of one file."""
        return f"{self.base_url}/{Path(file).name}"

    def instruction(self, folder: Path) -> str:
        """Say which file to put where."""
        return "put " + " and ".join(f"{self.url(file)} at {folder / file}" for file in self.files)


@dataclass(frozen=True)
class Counts:
    """What a publisher says of a data set: users and items that occur, and rows before repeated pairs are merged."""

    users: int
    items: int
    rows: int

    @classmethod
    def of(cls, data: LoadedData) -> Counts:
        """Count what was loaded."""
        present = data.interactions
        n_items = int(np.count_nonzero(np.bincount(present.indices)))
        return cls(int(np.count_nonzero(present.counts)), n_items, len(present) + data.merged)

    def __str__(self) -> str:
        return f"{self.users:,} users, {self.items:,} items and {self.rows:,} rows"


def cache() -> Path:
    """Return the folder of this user where downloads are kept."""
    import pooch

    return Path(pooch.os_cache("hashbench"))


def folders(data_dir: Path | None) -> list[Path]:
    """Return the folders that are searched, first the user's own; one that the user names must exist."""
    named = {"--data-dir": data_dir, ENVIRONMENT: Path(text) if (text := os.environ.get(ENVIRONMENT)) else None}
    for name, folder in named.items():
        if folder is not None and not folder.is_dir():
            raise BadData(f"{name} {folder}: no such folder; name the folder that holds ml-1m, gowalla, …")
    return [*(folder for folder in named.values() if folder is not None), cache()]


def obtain(origin: Origin, forms: Sequence[str], data_dir: Path | None, download: bool, notes: NoteObserver) -> Path:
    """Return the first of the forms that is there, else download; raises `DatasetNotFound`, saying what to put where."""
    searched = folders(data_dir)
    for folder in searched:
        for form in forms:
            if (folder / form).exists():
                return folder / form
    pinned = all(checksum is not None for checksum in origin.files.values())
    if not (download and pinned):
        raise DatasetNotFound(f"{origin.name} is not here: {origin.instruction(searched[0])}")
    notes.note(f"{origin.name} is not here; downloading it from {origin.base_url} to {cache()}")
    try:
        # The training part, by which a data set is found, comes last: a download that stops leaves no half of one.
        for file, checksum in reversed(list(origin.files.items())):
            fetch(origin.url(file), cache() / file, str(checksum))
    except DatasetNotFound as error:
        raise DatasetNotFound(
            f"{origin.name} could not be downloaded ({error}): {origin.instruction(searched[0])}"
        ) from None
    return next(cache() / form for form in forms if (cache() / form).exists())


def fetch(url: str, target: Path, checksum: str) -> None:
    """Download one file with a progress bar on standard error; `target` appears only if its checksum is right."""
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    try:
        downloader = pooch.HTTPDownloader(progressbar=True, timeout=30)
        pooch.retrieve(url, checksum, target.name, target.parent, downloader=downloader)
    except ValueError:
        raise DatasetNotFound(f"what came from {url} has another checksum than {checksum}") from None
    except requests.HTTPError as error:
        status = "with an error"
        if error.response is not None:
            error.response.close()
            status = str(error.response.status_code)
        raise DatasetNotFound(f"{url} answers {status}") from None
    except (requests.ConnectionError, requests.Timeout):
        raise DatasetNotFound(f"no connection to {url}") from None
    except requests.RequestException:
        raise DatasetNotFound(f"the connection to {url} broke off") from None
    except OSError as error:
        raise DatasetNotFound(f"{target} cannot be written: {why(error)}") from None


def member(archive: Path, name: str) -> Source:
    """Return one named member of a zip archive, read in memory: nothing is ever unpacked by a name of the archive's."""
    try:
        with zipfile.ZipFile(archive) as opened:
            data = opened.read(name)
    except KeyError:
        raise BadData(f"{archive}: holds no {name}; get the archive again") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise BadData(f"{archive}: no readable zip archive ({error}); get it again") from None
    if not data:
        raise BadData(f"{archive}/{name}: the file is empty; get the archive again")
    return Source(f"{archive}/{name}", lambda: io.BytesIO(data), archive)


def report_load(name: str, data: LoadedData, notes: NoteObserver, published: Counts | None = None) -> LoadedData:
    """Note what a user should know of loaded data: rows left out, counts that are not the publisher's."""
    if data.skipped:
        notes.note(f"{name}: bad rows left out: {data.skipped:,}")
    if published is not None and (here := Counts.of(data)) != published:
        notes.note(f"{name}: this copy has {here}, the publisher's {published}; say so when you compare results")
    return data
