"""Ids of users and items: any text, numbered in an order that does not depend on the order of the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hashbench.data.interactions import IntArray

# An integer in Python's notation: "007" and "1.0" are text.
_CANONICAL_INTEGER = "^(0|-?[1-9][0-9]{0,99})$"


@dataclass(frozen=True, eq=False)
class IdColumn:
    """A column of ids: `codes` int64[n_rows] are indices into `ids`, a pyarrow array of distinct text; -1 is no id."""

    codes: IntArray
    ids: Any

    def __len__(self) -> int:
        return self.codes.size

    def select(self, mask: NDArray[np.bool_]) -> IdColumn:
        """Return the rows of a mask bool[n_rows], and only the ids that occur in them."""
        codes = self.codes[mask]
        new_codes = np.full(len(self.ids) + 1, -1)  # the last entry is for -1, no id
        new_codes[codes[codes >= 0]] = 0
        used = np.flatnonzero(new_codes == 0)
        new_codes[used] = np.arange(used.size)
        return IdColumn(new_codes[codes], self.ids.take(pa.array(used)))


@dataclass(frozen=True)
class PublishedIds:
    """The publisher's own numbering: users `first` to `first + n_users - 1`, items `first` to `first + n_items - 1`."""

    n_users: int
    n_items: int
    first: int = 0


def id_column(values: Any) -> IdColumn:
    """Build from a dictionary-typed pyarrow column; whitespace around an id is stripped.

    The code is -1 for an id that is empty, not UTF-8, or contains a NUL or a line break (an unclosed quote).
    """
    column = values.unify_dictionaries().combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    trimmed = pc.ascii_trim_whitespace(_text(column.dictionary))
    bad = pc.or_(pc.equal(trimmed, ""), pc.match_substring_regex(trimmed, r"[\r\n\x00]"))
    distinct = pc.if_else(bad, pa.scalar(None, pa.string()), trimmed).dictionary_encode()
    renumbered = np.append(_numpy(pc.fill_null(distinct.indices, -1)), -1)
    return IdColumn(renumbered[_numpy(pc.fill_null(column.indices, -1))], distinct.dictionary)


def number_ids(columns: list[IdColumn]) -> tuple[list[IntArray], int]:
    """Number the ids of several columns together from 0, ordered as integers if all are integers, otherwise as text.

    Returns one int64[n_rows] array per column, and the number of distinct ids.
    """
    ids = pa.concat_arrays([column.ids for column in columns]).unique()
    ranks = np.empty(len(ids), np.int64)
    ranks[_order(ids)] = np.arange(len(ids))
    return [ranks[_numpy(pc.index_in(column.ids, value_set=ids))][column.codes] for column in columns], len(ids)


def apply_published_ids(column: IdColumn, n_ids: int, first: int) -> tuple[IntArray, str | None]:
    """Return each row's id minus `first`: int64[n_rows], and the first id outside `first` to `first + n_ids - 1`.

    The second value is None if all ids are inside; otherwise the numbers are meaningless.
    """
    canonical = pc.match_substring_regex(column.ids, "^(0|[1-9][0-9]{0,17})$")
    numbers = _numpy(pc.if_else(canonical, column.ids, "-1").cast(pa.int64())) - first
    outside = (numbers < 0) | (numbers >= n_ids)
    if not outside.any():
        return numbers[column.codes], None
    return numbers, str(column.ids[int(column.codes[np.argmax(outside[column.codes])])])


def _text(dictionary: Any) -> Any:
    if pa.types.is_string(dictionary.type):
        return dictionary
    try:
        return dictionary.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([_decoded(value) for value in dictionary.to_pylist()], pa.string())


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _order(ids: Any) -> IntArray:
    if not pc.all(pc.match_substring_regex(ids, _CANONICAL_INTEGER)).as_py():
        return _numpy(pc.sort_indices(ids))
    try:
        return np.argsort(_numpy(ids.cast(pa.int64())))
    except pa.ArrowInvalid:
        return np.argsort(np.array([int(text) for text in ids.to_pylist()], object))


def _numpy(array: Any) -> IntArray:
    return np.asarray(array.to_numpy(zero_copy_only=False), np.int64)
