"""What a run leaves of each user: the values of its metrics and the hits of its ranking, as one Parquet file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import IntArray
from hashbench.errors import BadRecord
from hashbench.protocols import ScoredRanking
from hashbench.results.record import RunRecord

SUFFIX = ".users.parquet"
"""How the name of such a file ends; the rest is the name of its record's file."""

HIT_COLUMNS = ("relevant", "hits", "ranked", "tie_starts", "last_tie_size", "last_tie_relevant")
NOT_METRICS = ("user", *HIT_COLUMNS)

PerUserValues = Mapping[str, NDArray[np.float32]]
"""Values by metric, such as "hr@50": float32[n_users], NaN for a user without test items."""


class TieGroups(NamedTuple):
    """The groups of equal scores in each user's ranking.

    `starts` bool[n_users, k] marks the first rank of each group. The group of the last rank may go on beyond it:
    `last_size` and `last_relevant` int64[n_users] count all of its items, and the test items among them.
    """

    starts: NDArray[np.bool_]
    last_size: NDArray[np.int64]
    last_relevant: NDArray[np.int64]

    def take(self, users: NDArray[np.int64]) -> TieGroups:
        """Return the groups of some users."""
        return TieGroups(self.starts[users], self.last_size[users], self.last_relevant[users])


def last_group(starts: NDArray[np.bool_], is_hit: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many items and how many hits of each ranking are in its last group, without those beyond rank k."""
    in_last = np.cumsum(starts, axis=1) == starts.sum(axis=1, keepdims=True)
    return in_last.sum(axis=1), (in_last & is_hit).sum(axis=1)


class Hits(NamedTuple):
    """The ranks at which each user's ranking holds a test item: `is_hit` bool[n_users, k], in the order drawn for ties.

    `n_relevant` int64[n_users] counts the user's test items. A user without test items was not evaluated: no hits.
    `n_ranked` int64[n_users] counts the items of each ranking, None where all have k. `ties` is None where no scores
    tie, and where an older hashbench did not store them.
    """

    is_hit: NDArray[np.bool_]
    n_relevant: NDArray[np.int64]
    n_ranked: NDArray[np.int64] | None = None
    ties: TieGroups | None = None

    @classmethod
    def from_ranking(cls, ranking: ScoredRanking, users: IntArray, n_users: int) -> Hits:
        """Return the hits of all users, from a ranking whose rows are those of `users`."""

        def for_all_users(rows: NDArray[Any], default: int = 0) -> NDArray[Any]:
            all_rows = np.full((n_users, *rows.shape[1:]), default, rows.dtype)
            all_rows[users] = rows
            return all_rows

        k = ranking.hits.shape[1]
        n_ranked = (ranking.items >= 0).sum(axis=1)
        ties = None
        if ranking.ties is not None:
            starts = ranking.ties.start == np.arange(k)
            last = (counts[:, -1].astype(np.int64) for counts in (ranking.ties.size, ranking.ties.relevant))
            ties = TieGroups(for_all_users(starts), *map(for_all_users, last))
        return cls(
            for_all_users(ranking.hits),
            for_all_users(ranking.n_relevant.astype(np.int64)),
            None if (n_ranked == k).all() else for_all_users(n_ranked, k),
            ties,
        )


def write(record: RunRecord, values: PerUserValues, hits: Hits | None, stream: BinaryIO) -> None:
    """Write the values of a record and its hits, of the same users."""
    import pyarrow as pa

    metrics: dict[str, Any] = {name: np.asarray(column, np.float32) for name, column in values.items()}
    columns = metrics | ({} if hits is None else _hit_columns(hits))
    n_users = len(next(iter(columns.values())))
    table = pa.table({"user": np.arange(n_users, dtype=np.int32), **columns})
    metadata = {"run_id": record.run_id, "created": record.created}
    if hits is not None:
        metadata["hits_k"] = str(hits.is_hit.shape[1])
    _write_table(table.replace_schema_metadata(metadata), stream)


def copy(file: Path, run_id: str, record: RunRecord, stream: BinaryIO) -> None:
    """Write the file of a run again for its record under another run id; raises `BadRecord` if it is another's."""
    table = _read_columns(file, run_id, record.created, lambda name: True)
    _write_table(table.replace_schema_metadata({**table.schema.metadata, b"run_id": record.run_id.encode()}), stream)


def _write_table(table: Any, stream: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Values that rarely repeat, such as expected values over ties and rows of bits, are larger with a dictionary.
    numbers = [
        field.name for field in table.schema if field.name != "user" and not pa.types.is_fixed_size_binary(field.type)
    ]
    repeating = [name for name in numbers if np.unique(table.column(name).to_numpy()).size < len(table) / 4]
    encodings = {
        field.name: "BYTE_STREAM_SPLIT" for field in table.schema if field.name not in (*repeating, *NOT_METRICS)
    }
    encodings["user"] = "DELTA_BINARY_PACKED"
    pq.write_table(table, stream, compression="zstd", use_dictionary=repeating, column_encoding=encodings)


def read_values(file: Path, record: RunRecord) -> PerUserValues:
    """Read the values of a record by metric; raises `BadRecord` with the reason if the file is not its own."""
    table = _read_columns(file, record.run_id, record.created, lambda name: name not in NOT_METRICS)
    return {name: np.asarray(table.column(name).to_numpy(), np.float32) for name in table.column_names}


def read_hits(file: Path, record: RunRecord) -> Hits:
    """Read the hits of a record; raises `BadRecord` with the reason if the file is not its own or has none."""
    table = _read_columns(file, record.run_id, record.created, lambda name: name in HIT_COLUMNS)
    if "hits" not in table.column_names:
        text = f"{file}: an older hashbench wrote no hits of run {record.run_id} into it"
        raise BadRecord(f"{text}; run it again: {record.command}")
    k = int(table.schema.metadata[b"hits_k"])

    def counts(name: str) -> NDArray[np.int64]:
        return np.asarray(table.column(name).to_numpy(), np.int64)

    ties = None
    if "tie_starts" in table.column_names:
        ties = TieGroups(_bits(table, "tie_starts", k), counts("last_tie_size"), counts("last_tie_relevant"))
    n_ranked = counts("ranked") if "ranked" in table.column_names else None
    return Hits(_bits(table, "hits", k), counts("relevant"), n_ranked, ties)


def _hit_columns(hits: Hits) -> dict[str, Any]:
    columns: dict[str, Any] = {"relevant": hits.n_relevant.astype(np.int32), "hits": _rows_of_bits(hits.is_hit)}
    if hits.n_ranked is not None:
        columns["ranked"] = hits.n_ranked.astype(np.int32)
    if hits.ties is not None:
        columns["tie_starts"] = _rows_of_bits(hits.ties.starts)
        columns["last_tie_size"] = hits.ties.last_size.astype(np.int32)
        columns["last_tie_relevant"] = hits.ties.last_relevant.astype(np.int32)
    return columns


def _rows_of_bits(rows: NDArray[np.bool_]) -> Any:
    import pyarrow as pa

    packed = np.ascontiguousarray(np.packbits(rows, axis=1))
    kind, buffers = pa.binary(packed.shape[1]), [None, pa.py_buffer(packed)]
    return pa.FixedSizeBinaryArray.from_buffers(kind, len(packed), buffers)


def _bits(table: Any, name: str, k: int) -> NDArray[np.bool_]:
    packed = np.frombuffer(b"".join(table.column(name).to_pylist()), np.uint8).reshape(len(table), -1)
    return np.unpackbits(packed, axis=1, count=k).view(np.bool_)


def _read_columns(file: Path, run_id: str, created: str, wanted: Callable[[str], bool]) -> Any:
    """Return the wanted columns as a pyarrow table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as parquet:
            table = parquet.read(columns=[name for name in parquet.schema_arrow.names if wanted(name)])
    except (pa.ArrowException, OSError) as error:
        raise BadRecord(f"{file}: damaged, run {run_id} again ({str(error).splitlines()[0]})") from None
    written = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    if (written.get("run_id"), written.get("created")) != (run_id, created):
        raise BadRecord(f"{file}: from another writing of run {run_id}; run it again")
    return table
