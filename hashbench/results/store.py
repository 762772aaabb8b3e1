"""The results folder: one JSON file per record, and its per-user values in a file beside it or in a pack."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hashbench.errors import BadRecord, HashbenchError, UnknownName, Unwritable, why
from hashbench.results import per_user
from hashbench.results.atomic import atomic_write, temporary
from hashbench.results.cache import CachedModel, ModelCache
from hashbench.results.pack import Pack, find_pack
from hashbench.results.per_user import Hits, PerUserValues
from hashbench.results.record import RunRecord
from hashbench.results.record_json import dumps, loads

_ODD = re.compile(r"[^A-Za-z0-9._+-]+")

ABANDONED = 3600.0
"""Seconds after which a temporary file was left behind by a process that was killed."""


@dataclass(frozen=True)
class Problem:
    """A file of a results folder that was left out, with the reason."""

    file: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"


class ResultsFolder:
    """A folder of records."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.cache = ModelCache(self.path / "models")

    def check_writable(self) -> None:
        """Create the folder if it is missing; raises `Unwritable` if no record can be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            trial = temporary(self.path / "trial")
            trial.touch(exist_ok=False)
            trial.unlink()
        except FileExistsError:
            text = f"Results cannot be written to {self.path}: it is a file. Give a folder with --out."
            raise Unwritable(text) from None
        except OSError as error:
            raise self._unwritable(error) from error

    def remove_temp_files(self) -> None:
        """Delete the temporary files of processes that were killed while they wrote."""
        for file in self.path.rglob(".*.tmp"):
            with suppress(OSError):
                if time.time() - file.stat().st_mtime > ABANDONED:
                    file.unlink()

    def write(self, record: RunRecord, values: PerUserValues, hits: Hits | None = None) -> Path:
        """Write a record and its per-user values by metric. An older writing of the same run is replaced.

        With the hits of the same users, metrics can be recomputed later. A failure does not replace a success.
        """
        file = self.file(record)
        if record.status == "failed" and succeeded(file):
            return file
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if values or hits is not None:
                with atomic_write(self.values_file(record)) as stream:
                    per_user.write(record, values, hits, stream)
            with atomic_write(file) as stream:
                stream.write(dumps(record).encode())
        except OSError as error:
            raise self._unwritable(error) from error
        return file

    def update(self, record: RunRecord) -> None:
        """Write a record and leave its values as they are."""
        try:
            with atomic_write(self.file(record)) as stream:
                stream.write(dumps(record).encode())
        except OSError as error:
            raise self._unwritable(error) from error

    def read_all(self) -> tuple[list[RunRecord], list[Problem]]:
        """Read all records, in the order of their file names, and the files that are no records, with the reason."""
        return read_files([self.path])

    def file(self, record: RunRecord) -> Path:
        """Return where a record is written."""
        return self.path / f"{stem(record)}.json"

    def values_file(self, record: RunRecord) -> Path:
        """Return where a record's per-user values are written. Those of a packed run are in its pack instead."""
        return self.path / f"{stem(record)}{per_user.SUFFIX}"

    def lock(self, name: str) -> Path:
        """Return the file that a process locks to work alone on something of that name; raises `Unwritable`."""
        folder = self.path / "models" / "locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error
        return folder / f"{name}.lock"

    def find(self, run: str) -> RunRecord:
        """Return the record of that run id, unique beginning of one, or file name."""
        for file in (Path(run), self.path / run, self.path / f"{run}.json"):
            if file.suffix == ".json" and file.is_file():
                return read_file(file)
        records, problems = self.read_all()
        for problem in problems:
            if problem.file.stem.endswith(f"-{run}"):
                raise BadRecord(str(problem))
        return find_run(records, run, str(self.path))

    def per_user(self, record: RunRecord) -> PerUserValues:
        """Return the record's values float32[n_users] by metric; raises `BadRecord` if they are missing."""
        if (pack := self._pack(record)) is not None:
            return pack.values(record.run_id)
        return per_user.read_values(self.values_file(record), record)

    def hits(self, record: RunRecord) -> Hits:
        """Return the hits of the record's rankings; raises `BadRecord` if they are missing."""
        if (pack := self._pack(record)) is not None:
            return pack.hits(record.run_id)
        return per_user.read_hits(self.values_file(record), record)

    def write_model(self, model_id: str, model: CachedModel) -> Path:
        """Cache a model's codes and embeddings, so that its records can be searched and timed again."""
        try:
            return self.cache.write(model_id, model)
        except OSError as error:
            raise self._unwritable(error) from error

    def model(self, record: RunRecord) -> CachedModel:
        """Return the cached model of a record; raises `BadRecord` if it is missing."""
        try:
            model = self.cache.read(record.model_id)
        except BadRecord as error:
            raise BadRecord(f"{error}; make it again: {record.command}") from None
        if model is None:
            file = self.cache.codes(record.model_id)
            raise BadRecord(f"{file}: the codes of run {record.run_id} are not there; make them: {record.command}")
        return model

    def _pack(self, record: RunRecord) -> Pack | None:
        """Return the pack with the record's values; None if it has its own file. Raises `BadRecord` without either."""
        file = self.values_file(record)
        if file.is_file():
            return None
        pack = find_pack(self.path, record)
        if pack is None:
            raise BadRecord(f"{file}: the per-user values of run {record.run_id} are missing; run it again")
        return pack

    def _unwritable(self, error: OSError) -> Unwritable:
        return Unwritable(f"Results cannot be written to {self.path}: {why(error)}. Give another folder with --out.")


def succeeded(file: Path) -> bool:
    """Return whether a file holds the record of a run that succeeded."""
    try:
        return file.is_file() and read_file(file).status == "ok"
    except BadRecord:
        return False


def stem(record: RunRecord) -> str:
    """Return a record's file name without its ending. It is readable, and unique by the run id."""
    parts = (record.dataset, record.encoder, record.head, record.retriever, f"s{record.seed}", record.run_id)
    return "-".join(_ODD.sub("_", part)[:40] for part in parts).lstrip(".")


def read_file(file: Path) -> RunRecord:
    """Read one record file; raises `BadRecord` that names the file and the reason."""
    try:
        return loads(file.read_bytes().decode("utf-8"))
    except BadRecord as error:
        raise BadRecord(f"{file}: {error}") from None
    except UnicodeDecodeError:
        raise BadRecord(f"{file}: no JSON: not UTF-8 text") from None
    except OSError as error:
        raise BadRecord(f"{file}: cannot be read: {why(error)}") from None


def read_files(paths: Iterable[str | Path]) -> tuple[list[RunRecord], list[Problem]]:
    """Read the records of folders and files, each once, and the files that are no records, with the reason."""
    located, problems = locate(paths)
    return [record for _, record in located], problems


def locate(paths: Iterable[str | Path]) -> tuple[list[tuple[Path, RunRecord]], list[Problem]]:
    """Read records as `read_files` does, each with its file."""
    records: dict[str, tuple[Path, RunRecord]] = {}
    problems = []
    for file in dict.fromkeys(_record_files(paths)):
        try:
            record = read_file(file)
        except BadRecord as error:
            problems.append(Problem(file, str(error).removeprefix(f"{file}: ")))
            continue
        other, same = records.get(record.run_id, (file, record))
        if same is not record and dumps(same) != dumps(record):
            older, newer = sorted(((other, same), (file, record)), key=lambda pair: pair[1].created)
            problems.append(Problem(older[0], f"run {record.run_id} is also in {newer[0]}, written later and shown"))
            records[record.run_id] = newer
        else:
            records.setdefault(record.run_id, (file, record))
    return list(records.values()), problems


def find_run(records: Iterable[RunRecord], run: str, where: str) -> RunRecord:
    """Return the record with that run id, or the only one whose id begins so."""
    known = list(records)
    matches = [record for record in known if run and record.run_id.startswith(run)]
    matches = [record for record in matches if record.run_id == run] or matches
    if len(matches) > 1:
        ids = ", ".join(record.run_id for record in matches[:3]) + (", …" if len(matches) > 3 else "")
        raise UnknownName(f"'{run}' begins the ids of {len(matches)} runs in {where}: {ids}. Give more of it.")
    if not matches:
        raise UnknownName(f"There is no run '{run}' among the {len(known)} of {where}. (hashbench compare {where})")
    return matches[0]


def _record_files(paths: Iterable[str | Path]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(file for file in path.glob("*.json") if file.is_file() and file.name[0] != ".")
        elif path.exists():
            yield path
        else:
            raise HashbenchError(f"There is no results folder or record file {path}. (hashbench run writes one)")
