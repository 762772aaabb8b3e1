"""Packs: the per-user values of all runs of one data set and split in one small file, for results that are shared.

A pack is a zip file. Its member `runs` lists the runs as JSON, and each array of a run is a member of its own. All
members are compressed by LZMA. Users stand in the order of their mean number of hits, and bits are stored rank by
rank, which compresses best. Hits of similar rankings, such as a model's by two retrievers, are stored as their
difference. Metrics are not stored: they are recomputed from hits and ties when they are read. Only values that do not
follow bit by bit are kept beside them.
"""

from __future__ import annotations

import json
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import BadRecord
from hashbench.results.atomic import atomic_write
from hashbench.results.per_user import Hits, PerUserValues, TieGroups, last_group
from hashbench.results.recompute import Recomputation
from hashbench.results.record import RunRecord

SUFFIX = ".per-user.zip"
CONTENTS = "runs"
FORMAT = 1
NEAR = 0.8
"""Hits are stored as a difference if it has at most this share of their number of bits."""

FILTERS = [{"id": lzma.FILTER_LZMA1, "preset": 6, "lc": 0, "lp": 0, "pb": 0}]

DAMAGE = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, LookupError, ValueError, TypeError)
"""What reading a damaged zip file or its contents may raise."""

Bytes = NDArray[np.uint8]


class Exceptions(NamedTuple):
    """Values that do not follow from hits, by metric, of the users that `users` bool[n_users] marks."""

    users: NDArray[np.bool_]
    values: dict[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class PackedRun:
    """A record with what a pack holds of it."""

    record: RunRecord
    values: PerUserValues
    hits: Hits


@lru_cache(maxsize=32)
def _open(file: Path, written_ns: int) -> Pack:
    return Pack(file)


def find_pack(folder: Path, record: RunRecord) -> Pack | None:
    """Return the pack of a folder that holds the values of a record, if there is one."""
    file = pack_file(folder, record)
    if file is None or not file.is_file():
        return None
    pack = _open(file, file.stat().st_mtime_ns)
    return pack if pack.holds(record) else None


def pack_file(folder: Path, record: RunRecord) -> Path | None:
    """Return the pack that a record's values would be in; None for a run that failed before it had data."""
    if record.data is None:
        return None
    return folder / f"{record.dataset}-{record.data.split_fingerprint[:8]}{SUFFIX}"


def write_pack(file: Path, runs: Sequence[PackedRun]) -> None:
    """Write the values of runs, all of one split; raises `BadRecord` if their users differ."""
    relevant = runs[0].hits.n_relevant
    for run in runs:
        if not np.array_equal(run.hits.n_relevant, relevant):
            raise BadRecord(f"run {run.record.run_id} has other test items than run {runs[0].record.run_id}")
    density = _density(runs)
    order = _order(density, relevant)
    listed: dict[str, dict[str, Any]] = {}
    bases: dict[str, Bytes] = {}
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        _add(archive, "relevant", _planes(relevant.astype("<i4")))
        _add(archive, "density", density)
        for run in runs:
            run_id, k = run.record.run_id, run.hits.is_hit.shape[1]
            hit_bits = _bit_columns(run.hits.is_hit[order])
            base = _nearest(hit_bits, bases)
            if base is None:
                bases[run_id] = hit_bits
            _add(archive, f"{run_id}/hits", hit_bits if base is None else hit_bits ^ bases[base])
            for name, array in _optional_arrays(run.hits, order):
                _add(archive, f"{run_id}/{name}", array)
            metrics = list(run.values)
            exceptional = _exceptional_metrics(run)
            if exceptional:
                _add_exceptions(archive, run, exceptional)
            listed[run_id] = {"created": run.record.created, "k": k, "base": base, "metrics": metrics}
            listed[run_id] |= {"exceptional": list(exceptional)} if exceptional else {}
        contents = {"format": FORMAT, "n_users": len(relevant), "runs": listed}
        _add(archive, CONTENTS, np.frombuffer(json.dumps(contents).encode(), np.uint8))
    with atomic_write(file) as stream:
        stream.write(content.getvalue())


class Pack:
    """A pack that is read. Raises `BadRecord` if the file is damaged."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self.archive = zipfile.ZipFile(file)
        except DAMAGE as error:
            raise self._damaged(error) from None
        self.members = frozenset(self.archive.namelist())
        try:
            contents = json.loads(self._bytes(CONTENTS).tobytes())
            self.n_users: int = contents["n_users"]
            self.runs: dict[str, dict[str, Any]] = contents["runs"]
        except DAMAGE as error:
            raise self._damaged(error) from None
        if contents["format"] != FORMAT:
            raise BadRecord(f"{file}: a pack of format {contents['format']}; this hashbench reads format {FORMAT}")

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The row of each user in the arrays of the pack."""
        return np.argsort(_order(self._bytes("density"), self._counts("relevant")))

    def holds(self, record: RunRecord) -> bool:
        """Return whether the values of this writing of the run are in the pack."""
        run = self.runs.get(record.run_id)
        return run is not None and run["created"] == record.created

    def hits(self, run_id: str) -> Hits:
        """Return the hits of a run that the pack holds."""
        run = self.runs[run_id]
        rows = self.rows
        hit_bits = self._bytes(f"{run_id}/hits")
        if run["base"] is not None:
            hit_bits = hit_bits ^ self._bytes(f"{run['base']}/hits")
        is_hit = self._unpack(hit_bits, run["k"])[rows]
        ties = self._ties(run_id, is_hit) if f"{run_id}/tie_starts" in self.members else None
        n_ranked = self._counts(f"{run_id}/ranked")[rows] if f"{run_id}/ranked" in self.members else None
        return Hits(is_hit, self._counts("relevant"), n_ranked, ties)

    def values(self, run_id: str) -> PerUserValues:
        """Return the values of a run that the pack holds, each recomputed when it is asked for."""
        return RecomputedValues(self, run_id)

    def exceptions(self, run_id: str) -> Exceptions:
        """Return the values of a run that do not follow from its hits."""
        metrics = self.runs[run_id].get("exceptional", ())
        if not metrics:
            return Exceptions(np.zeros(self.n_users, np.bool_), {})
        users = np.unpackbits(self._bytes(f"{run_id}/exceptional_users"), count=self.n_users).view(np.bool_)
        values = self._bytes(f"{run_id}/exceptional_values").reshape(len(metrics), -1)
        return Exceptions(users, {name: _from_planes(row, "<f4") for name, row in zip(metrics, values, strict=True)})

    def _ties(self, run_id: str, is_hit: NDArray[np.bool_]) -> TieGroups:
        starts = self._unpack(self._bytes(f"{run_id}/tie_starts"), is_hit.shape[1])[self.rows]
        size, relevant = last_group(starts, is_hit)
        size += self._counts(f"{run_id}/last_tie_beyond")[self.rows]
        relevant += self._counts(f"{run_id}/last_tie_relevant_beyond")[self.rows]
        return TieGroups(starts, size, relevant)

    def _counts(self, name: str) -> NDArray[np.int64]:
        return _from_planes(self._bytes(name), "<i4").astype(np.int64)

    def _unpack(self, stored: Bytes, k: int) -> NDArray[np.bool_]:
        packed = np.ascontiguousarray(stored.reshape(-1, self.n_users).T)
        return np.unpackbits(packed, axis=1, count=k).view(np.bool_)

    def _bytes(self, name: str) -> Bytes:
        try:
            return np.frombuffer(lzma.decompress(self._read(name)), np.uint8)
        except lzma.LZMAError as error:
            raise self._damaged(error) from None

    def _read(self, name: str) -> bytes:
        try:
            return self.archive.read(name)
        except DAMAGE as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> BadRecord:
        return BadRecord(f"{self.file}: damaged ({error})")


class RecomputedValues(Mapping[str, NDArray[np.float32]]):
    """The per-user values of a packed run: float32[n_users] by metric, recomputed when they are asked for."""

    def __init__(self, pack: Pack, run_id: str) -> None:
        self.pack = pack
        self.run_id = run_id
        self.metrics: list[str] = pack.runs[run_id]["metrics"]

    @cached_property
    def recomputation(self) -> Recomputation:
        """What the values follow from."""
        return Recomputation(self.pack.hits(self.run_id))

    @cached_property
    def exceptions(self) -> Exceptions:
        """The values that do not follow from the hits."""
        return self.pack.exceptions(self.run_id)

    def __getitem__(self, metric: str) -> NDArray[np.float32]:
        """Recompute one metric."""
        if metric not in self.metrics:
            raise KeyError(metric)
        values = _recomputed(self.recomputation, metric)
        if metric in self.exceptions.values:
            values[self.exceptions.users] = self.exceptions.values[metric]
        return values

    def __iter__(self) -> Iterator[str]:
        """Iterate over the metrics."""
        return iter(self.metrics)

    def __len__(self) -> int:
        """Return the number of metrics."""
        return len(self.metrics)


def _recomputed(recomputation: Recomputation, metric: str) -> NDArray[np.float32]:
    values = recomputation.values(metric)
    return np.full(recomputation.n_users, np.nan, np.float32) if values is None else values


def _exceptional_metrics(run: PackedRun) -> dict[str, NDArray[np.bool_]]:
    """Compare stored values with recomputed ones; return bool[n_users] of each metric that differs in any bit."""
    differing, recomputation = {}, Recomputation(run.hits)
    for metric, stored in run.values.items():
        values, recomputed = np.asarray(stored, np.float32), _recomputed(recomputation, metric)
        differs = (recomputed != values) & ~(np.isnan(recomputed) & np.isnan(values))
        if differs.any():
            differing[metric] = differs
    return differing


def _add_exceptions(archive: zipfile.ZipFile, run: PackedRun, differing: Mapping[str, NDArray[np.bool_]]) -> None:
    """Add the values of all users for whom any metric differs, metric by metric."""
    users = np.logical_or.reduce(list(differing.values()))
    values = [_planes(np.asarray(run.values[metric], "<f4")[users]) for metric in differing]
    _add(archive, f"{run.record.run_id}/exceptional_users", np.packbits(users))
    _add(archive, f"{run.record.run_id}/exceptional_values", np.concatenate(values))


def _optional_arrays(hits: Hits, order: NDArray[np.int64]) -> Iterator[tuple[str, Bytes]]:
    if hits.n_ranked is not None:
        yield "ranked", _planes(hits.n_ranked[order].astype("<i4"))
    if hits.ties is not None:
        yield "tie_starts", _bit_columns(hits.ties.starts[order])
        size, relevant = last_group(hits.ties.starts, hits.is_hit)
        yield "last_tie_beyond", _planes((hits.ties.last_size - size)[order].astype("<i4"))
        yield "last_tie_relevant_beyond", _planes((hits.ties.last_relevant - relevant)[order].astype("<i4"))


def _nearest(hit_bits: Bytes, bases: Mapping[str, Bytes]) -> str | None:
    """Return the run whose hits differ in the fewest places, None if most runs' hits are no nearer than no hits."""
    distances = {
        run_id: int(np.bitwise_count(hit_bits ^ base).sum())
        for run_id, base in bases.items()
        if base.shape == hit_bits.shape
    }
    nearest = min(distances, key=distances.__getitem__, default=None)
    if nearest is None or distances[nearest] > NEAR * int(np.bitwise_count(hit_bits).sum()):
        return None
    return nearest


def _density(runs: Sequence[PackedRun]) -> Bytes:
    """Return the mean number of hits of each user, as uint8[n_users] on a scale of roots: 4 is one hit, 8 are four."""
    mean = np.mean([run.hits.is_hit.sum(axis=1) for run in runs], axis=0)
    return np.asarray(np.minimum(np.rint(4 * np.sqrt(mean)), 255), np.uint8)


def _order(density: Bytes, relevant: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the users in the order of a pack: those with the most hits first, then those with the most test items."""
    return np.lexsort((-relevant, -density.astype(np.int64)))


def _bit_columns(rows: NDArray[np.bool_]) -> Bytes:
    """Return bool[n_users, k] as uint8[bytes, n_users]: eight ranks of all users, then the next eight."""
    return np.ascontiguousarray(np.packbits(rows, axis=1).T)


def _planes(numbers: NDArray[Any]) -> Bytes:
    """Return the first byte of each number, then the second of each, and so on."""
    return np.ascontiguousarray(numbers.view(np.uint8).reshape(len(numbers), -1).T)


def _from_planes(stored: Bytes, kind: str) -> NDArray[Any]:
    planes = stored.reshape(np.dtype(kind).itemsize, -1)
    return np.ascontiguousarray(planes.T).view(kind).ravel()


def _add(archive: zipfile.ZipFile, name: str, array: Bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), lzma.compress(array.tobytes(), lzma.FORMAT_ALONE, filters=FILTERS))
