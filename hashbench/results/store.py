"""The results folder: one atomic JSON file a record, with its per-user values as parquet beside it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import IntArray
from hashbench.errors import BadRecord, HashbenchError, UnknownName, Unwritable, why
from hashbench.protocols import ScoredRanking
from hashbench.results.atomic import atomic_write, temporary
from hashbench.results.cache import CachedModel, ModelCache
from hashbench.results.record import RunRecord
from hashbench.results.record_json import dumps, loads

_ODD = re.compile(r"[^A-Za-z0-9._+-]+")
_NO_METRICS = ("user", "relevant", "hits")


VALUES = ".users.parquet"
"""How the name of a file of per-user values ends; before that it is its record's."""

ABANDONED = 3600.0
"""Seconds after which a file that has not got its name by then never will."""


class Hits(NamedTuple):
    """Which places of each user's ranking hold a test item: bool[n_users, k], in the order drawn for ties.

    `relevant` int64[n_users] counts the user's test items. A user who was not asked has none, and no hits.
    """

    found: NDArray[np.bool_]
    relevant: NDArray[np.int64]

    @classmethod
    def spread(cls, ranking: ScoredRanking, users: IntArray, n_users: int) -> Hits:
        """Return the hits of a judged ranking, whose rows are those of `users`, as rows of all users."""
        hits = cls(np.zeros((n_users, ranking.hits.shape[1]), np.bool_), np.zeros(n_users, np.int64))
        hits.found[users], hits.relevant[users] = ranking.hits, ranking.n_relevant
        return hits


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
        self.cache = ModelCache(self.path / "models")

    def check_writable(self) -> None:
        """Create the folder where it is missing; raises `HashbenchError` where no record can be written."""
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
        """Delete what processes that were killed while they wrote have left behind."""
        for file in self.path.rglob(".*.tmp"):
            with suppress(OSError):
                if time.time() - file.stat().st_mtime > ABANDONED:
                    file.unlink()

    def write(self, record: RunRecord, per_user: Mapping[str, NDArray[np.floating]], hits: Hits | None = None) -> Path:
        """Write a record and its values (one a user, for each metric), replacing an older writing of the same run.

        With hits, of the same users, metrics can be counted again later. A failure does not replace a success.
        """
        file, values = self.file(record), self._values(record)
        if record.status == "failed" and succeeded(file):
            return file
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if per_user or hits is not None:
                with atomic_write(values) as stream:
                    _write_values(record, per_user, hits, stream)
            with atomic_write(file) as stream:
                stream.write(dumps(record).encode())
        except OSError as error:
            raise self._unwritable(error) from error
        return file

    def update(self, record: RunRecord) -> None:
        """Write a record again without its values, which stay."""
        try:
            with atomic_write(self.file(record)) as stream:
                stream.write(dumps(record).encode())
        except OSError as error:
            raise self._unwritable(error) from error

    def read_all(self) -> tuple[list[RunRecord], list[Problem]]:
        """Read all records, in the order of their file names; files that are none come with the reason."""
        return read_files([self.path])

    def file(self, record: RunRecord) -> Path:
        """Return where a record is written."""
        return self.path / f"{stem(record)}.json"

    def lock(self, name: str) -> Path:
        """Return the file that a process locks while it alone works on what is so called; raises `Unwritable`."""
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

    def per_user(self, record: RunRecord) -> dict[str, NDArray[np.float32]]:
        """Return the record's values float32[n_users] by metric; raises `BadRecord` where they are not there."""
        table = self._columns(record, lambda name: name not in _NO_METRICS)
        return {name: np.asarray(table.column(name).to_numpy(), np.float32) for name in table.column_names}

    def hits(self, record: RunRecord) -> Hits:
        """Return the hits of the record's rankings; raises `BadRecord` where they are not there."""
        table = self._columns(record, lambda name: name in ("relevant", "hits"))
        if "hits" not in table.column_names:
            text = f"{self._values(record)}: an older hashbench wrote no hits of run {record.run_id} into it"
            raise BadRecord(f"{text}; run it again: {record.command}")
        packed = np.frombuffer(b"".join(table.column("hits").to_pylist()), np.uint8).reshape(len(table), -1)
        found = np.unpackbits(packed, axis=1, count=int(table.schema.metadata[b"hits_k"])).view(np.bool_)
        return Hits(found, table.column("relevant").to_numpy().astype(np.int64))

    def write_model(self, model_id: str, kept: CachedModel) -> Path:
        """Keep what a model gives for both sides, for records to be searched and timed again."""
        try:
            return self.cache.write(model_id, kept)
        except OSError as error:
            raise self._unwritable(error) from error

    def model(self, record: RunRecord) -> CachedModel:
        """Return what was kept of a record's model; raises `BadRecord` where it is not there."""
        try:
            kept = self.cache.read(record.model_id)
        except BadRecord as error:
            raise BadRecord(f"{error}; make it again: {record.command}") from None
        if kept is None:
            file = self.cache.codes(record.model_id)
            raise BadRecord(f"{file}: the codes of run {record.run_id} are not there; make them: {record.command}")
        return kept

    def _columns(self, record: RunRecord, wanted: Callable[[str], bool]) -> Any:
        """Return the wanted columns of the record's values as a pyarrow table."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = self._values(record)
        if not file.is_file():
            raise BadRecord(f"{file}: the per-user values of run {record.run_id} are missing; run it again")
        try:
            with pq.ParquetFile(file) as values:
                table = values.read(columns=[name for name in values.schema_arrow.names if wanted(name)])
        except (pa.ArrowException, OSError) as error:
            raise BadRecord(f"{file}: damaged, run {record.run_id} again ({str(error).splitlines()[0]})") from None
        written = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        if (written.get("run_id"), written.get("created")) != (record.run_id, record.created):
            raise BadRecord(f"{file}: from another writing of run {record.run_id}; run it again")
        return table

    def _values(self, record: RunRecord) -> Path:
        return self.path / f"{stem(record)}{VALUES}"

    def _unwritable(self, error: OSError) -> Unwritable:
        return Unwritable(f"Results cannot be written to {self.path}: {why(error)}. Give another folder with --out.")


def succeeded(file: Path) -> bool:
    """Say whether a file holds the record of a run that ended well."""
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
        raise BadRecord(f"{file}: cannot be read: {why(error)}") from None


def read_files(paths: Iterable[str | Path]) -> tuple[list[RunRecord], list[Problem]]:
    """Read the records of folders and files; each record once, and each file that is none with the reason."""
    placed, problems = locate(paths)
    return [record for _, record in placed], problems


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


def _write_values(
    record: RunRecord, per_user: Mapping[str, NDArray[np.floating]], hits: Hits | None, stream: BinaryIO
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {name: np.asarray(values, np.float32) for name, values in per_user.items()}
    metadata = {"run_id": record.run_id, "created": record.created}
    if hits is not None:
        packed = np.ascontiguousarray(np.packbits(hits.found, axis=1))
        kind, buffers = pa.binary(packed.shape[1]), [None, pa.py_buffer(packed)]
        columns["relevant"] = hits.relevant.astype(np.int32)
        columns["hits"] = pa.FixedSizeBinaryArray.from_buffers(kind, len(packed), buffers)
        metadata["hits_k"] = str(hits.found.shape[1])
    n_users = len(next(iter(columns.values())))
    table = pa.table({"user": np.arange(n_users, dtype=np.int32), **columns})
    # Values that hardly repeat, as expected ones of ties and rows of bits do, are larger with a dictionary.
    repeating = [name for name in columns if name != "hits" and np.unique(columns[name]).size < n_users / 4]
    encodings = {name: "BYTE_STREAM_SPLIT" for name in per_user if name not in repeating}
    encodings["user"] = "DELTA_BINARY_PACKED"
    table = table.replace_schema_metadata(metadata)
    pq.write_table(table, stream, compression="zstd", use_dictionary=repeating, column_encoding=encodings)
