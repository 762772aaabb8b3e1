"""Finds the files of data sets: the folders that are searched, downloads with pinned checksums, zip archives."""

from __future__ import annotations

import io
import logging
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
logger = logging.getLogger(__name__)


class DatasetNotFound(BadData):
    """A data set that is not on this machine; the message says which file to put where."""


@dataclass(frozen=True)
class Origin:
    """Where a data set is published.

    `files` maps each local path to its checksum; the last part of the path is that of the URL. A file without a
    checksum (None) is never downloaded, because its content could not be verified.
    """

    name: str
    base_url: str
    files: Mapping[str, str | None]

    def url(self, file: str) -> str:
        """Return the URL of one file."""
        return f"{self.base_url}/{Path(file).name}"

    def instruction(self, folder: Path) -> str:
        """Return the sentence that says which file to put where."""
        return "put " + " and ".join(f"{self.url(file)} at {folder / file}" for file in self.files)


@dataclass(frozen=True)
class DatasetCounts:
    """Users and items that occur in a data set, and rows before repeated pairs are merged."""

    users: int
    items: int
    rows: int

    @classmethod
    def from_data(cls, data: LoadedData) -> DatasetCounts:
        """Count the loaded data."""
        interactions = data.interactions
        n_items = int(np.count_nonzero(np.bincount(interactions.indices)))
        return cls(int(np.count_nonzero(interactions.counts)), n_items, len(interactions) + data.merged)

    def __str__(self) -> str:
        return f"{self.users:,} users, {self.items:,} items and {self.rows:,} rows"


def download_cache() -> Path:
    """Return the folder for downloads in this user's cache."""
    import pooch

    return Path(pooch.os_cache("hashbench"))


def search_folders(data_dir: Path | None) -> list[Path]:
    """Return the folders that are searched: `data_dir`, the one of HASHBENCH_DATA, and the download cache.

    Raises `BadData` if one of the first two is set and does not exist.
    """
    settings = {"--data-dir": data_dir, ENVIRONMENT: Path(text) if (text := os.environ.get(ENVIRONMENT)) else None}
    for name, folder in settings.items():
        if folder is not None and not folder.is_dir():
            raise BadData(f"{name} {folder}: no such folder; give the folder that contains ml-1m, gowalla, …")
    return [*(folder for folder in settings.values() if folder is not None), download_cache()]


def find_or_download(
    origin: Origin, paths: Sequence[str], data_dir: Path | None, download: bool, notes: NoteObserver
) -> Path:
    """Return the first of these relative paths that exists in a searched folder; download the data set if none does.

    Raises `DatasetNotFound`, whose message says which file to put where.
    """
    searched = search_folders(data_dir)
    for folder in searched:
        for path in paths:
            if (folder / path).exists():
                logger.info("data set %s: found %s", origin.name, folder / path)
                return folder / path
        logger.debug("data set %s: not in %s", origin.name, folder)
    pinned = all(checksum is not None for checksum in origin.files.values())
    if not (download and pinned):
        raise DatasetNotFound(f"{origin.name} is not here: {origin.instruction(searched[0])}")
    notes.note(f"{origin.name} is not here; downloading it from {origin.base_url} to {download_cache()}")
    try:
        # The training file comes last: by it a data set is found, so an interrupted download is not taken for complete.
        for file, checksum in reversed(list(origin.files.items())):
            download_file(origin.url(file), download_cache() / file, str(checksum))
    except DatasetNotFound as error:
        raise DatasetNotFound(
            f"{origin.name} could not be downloaded ({error}): {origin.instruction(searched[0])}"
        ) from None
    return next(download_cache() / path for path in paths if (download_cache() / path).exists())


def download_file(url: str, target: Path, checksum: str) -> None:
    """Download one file with a progress bar on standard error; `target` appears only if the checksum matches.

    Raises `DatasetNotFound` with the reason.
    """
    import pooch
    import requests

    logger.info("downloading %s to %s", url, target)
    pooch.get_logger().setLevel("WARNING")
    try:
        downloader = pooch.HTTPDownloader(progressbar=True, timeout=30)
        pooch.retrieve(url, checksum, target.name, target.parent, downloader=downloader)
    except ValueError:
        raise DatasetNotFound(f"the content of {url} does not have the checksum {checksum}") from None
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


def zip_member(archive: Path, name: str) -> Source:
    """Return one member of a zip archive, read into memory. No file is written, so hostile member names do no harm."""
    try:
        with zipfile.ZipFile(archive) as zip_file:
            data = zip_file.read(name)
    except KeyError:
        raise BadData(f"{archive}: does not contain {name}; get the archive again") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise BadData(f"{archive}: not a readable zip archive ({error}); get it again") from None
    if not data:
        raise BadData(f"{archive}/{name}: the file is empty; get the archive again")
    return Source(f"{archive}/{name}", lambda: io.BytesIO(data), archive)


def report_load(name: str, data: LoadedData, notes: NoteObserver, published: DatasetCounts | None = None) -> LoadedData:
    """Note skipped rows, and counts that differ from the published ones; return the data."""
    if data.skipped:
        notes.note(f"{name}: bad rows left out: {data.skipped:,}")
    if published is not None and (counts := DatasetCounts.from_data(data)) != published:
        notes.note(f"{name}: this copy has {counts}, the publisher's {published}; say so when you compare results")
    return data
