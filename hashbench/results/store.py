"""The results folder: one atomic JSON file a record, with its per-user values as parquet beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import BadRecord, HashbenchError, UnknownName
from hashbench.protocols import Hashed
from hashbench.results import models
from hashbench.results.atomic import replacing, temporary
from hashbench.results.record import RunRecord
from hashbench.results.text import dumps, loads

_ODD = re.compile(r"[^A-Za-z0-9._+-]+")


@dataclass(frozen=True)
class Problem:
    """A file of a results folder that was left out, and why."""

    file: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"


class ResultsFolder:
    """A folder of records."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def check_writable(self) -> None:
        """Create the folder where it is missing; raises `HashbenchError` where no record can be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            trial = temporary(self.path / "trial")
            trial.touch(exist_ok=False)
            trial.unlink()
        except FileExistsError:
            text = f"Results cannot be written to {self.path}: it is a file. Give a folder with --out."
            raise HashbenchError(text) from None
        except OSError as error:
            raise self._unwritable(error) from error

    def write(self, record: RunRecord, per_user: Mapping[str, NDArray[np.floating]]) -> Path:
        """Write a record and its values (one a user, for each metric), replacing an older writing of the same run.

        A failure does not replace a success.
        """
        file, values = self.path / f"{stem(record)}.json", self._values(record)
        if record.status == "failed" and _succeeded(file):
            return file
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if per_user:
                with replacing(values) as stream:
                    _write_values(record, per_user, stream)
            with replacing(file) as stream:
                stream.write(dumps(record).encode())
        except OSError as error:
            raise self._unwritable(error) from error
        return file

    def read_all(self) -> tuple[list[RunRecord], list[Problem]]:
        """Read all records, in the order of their file names; files that are none come with the reason."""
        return read_files([self.path])

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

    def per_user(self, record: RunRecord) -> dict[str, NDArray[np.float32]]:
        """Return the record's values float32[n_users] by metric; raises `BadRecord` where they are not there."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = self._values(record)
        if not file.is_file():
            raise BadRecord(f"{file}: the per-user values of run {record.run_id} are missing; run it again")
        try:
            table = pq.read_table(file)
        except (pa.ArrowException, OSError) as error:
            raise BadRecord(f"{file}: damaged, run {record.run_id} again ({str(error).splitlines()[0]})") from None
        written = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        if (written.get("run_id"), written.get("created")) != (record.run_id, record.created):
            raise BadRecord(f"{file}: from another writing of run {record.run_id}; run it again")
        names = [name for name in table.column_names if name != "user"]
        return {name: np.asarray(table.column(name).to_numpy(), np.float32) for name in names}

    def write_model(self, model_id: str, users: Hashed, items: Hashed) -> Path:
        """Keep what a model gives for both sides, for records to be searched and timed again."""
        file = self._model(model_id)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            models.write(file, users, items)
        except OSError as error:
            raise self._unwritable(error) from error
        return file

    def model(self, record: RunRecord) -> tuple[Hashed, Hashed]:
        """Return the hashed users and items of a record's model; raises `BadRecord` where they are not there."""
        file = self._model(record.model_id)
        if not file.is_file():
            raise BadRecord(f"{file}: the codes of run {record.run_id} are not there; make them: {record.command}")
        try:
            return models.read(file)
        except BadRecord as error:
            raise BadRecord(f"{file}: {error}; make it again: {record.command}") from None

    def _model(self, model_id: str) -> Path:
        return self.path / "models" / f"{model_id}.safetensors"

    def _values(self, record: RunRecord) -> Path:
        return self.path / f"{stem(record)}.users.parquet"

    def _unwritable(self, error: OSError) -> HashbenchError:
        reason = (error.strerror or str(error)).lower()
        return HashbenchError(f"Results cannot be written to {self.path}: {reason}. Give another folder with --out.")


def _succeeded(file: Path) -> bool:
    try:
        return file.is_file() and read_file(file).status == "ok"
    except BadRecord:
        return False


def stem(record: RunRecord) -> str:
    """Return a record's file name without its ending, readable and unique by its run id."""
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
        raise BadRecord(f"{file}: cannot be read: {(error.strerror or str(error)).lower()}") from None


def read_files(paths: Iterable[str | Path]) -> tuple[list[RunRecord], list[Problem]]:
    """Read the records of folders and files; each record once, and each file that is none with the reason."""
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
    return [record for _, record in records.values()], problems


def find_run(records: Iterable[RunRecord], run: str, where: str) -> RunRecord:
    """Return the record whose run id is, or alone begins with, `run`."""
    listed = list(records)
    found = [record for record in listed if run and record.run_id.startswith(run)]
    found = [record for record in found if record.run_id == run] or found
    if len(found) > 1:
        ids = ", ".join(record.run_id for record in found[:3]) + (", …" if len(found) > 3 else "")
        raise UnknownName(f"'{run}' begins the ids of {len(found)} runs in {where}: {ids}. Give more of it.")
    if not found:
        raise UnknownName(f"There is no run '{run}' among the {len(listed)} of {where}. (hashbench compare {where})")
    return found[0]


def _record_files(paths: Iterable[str | Path]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(file for file in path.glob("*.json") if file.is_file() and file.name[0] != ".")
        elif path.exists():
            yield path
        else:
            raise HashbenchError(f"There is no results folder or record file {path}. (hashbench run writes one)")


def _write_values(record: RunRecord, per_user: Mapping[str, NDArray[np.floating]], stream: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: np.asarray(values, np.float32) for name, values in per_user.items()}
    n_users = len(next(iter(columns.values())))
    table = pa.table({"user": np.arange(n_users, dtype=np.int32), **columns})
    metadata = {"run_id": record.run_id, "created": record.created}
    pq.write_table(table.replace_schema_metadata(metadata), stream, compression="zstd")
