"""Interactions of users with items, as read-only CSR rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.errors import BadData

T = TypeVar("T", bound=np.generic)
IntArray = NDArray[np.int64]
ItemArray = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Interactions:
    """Which user interacted with which items: row `u` is `indices[indptr[u]:indptr[u + 1]]`, ascending and distinct.

    `indptr` is int64[n_users + 1], `indices` int32[n_interactions] with values below `n_items`. Both are read-only.
    """

    indptr: IntArray
    indices: ItemArray
    n_items: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "indptr", _read_only(self.indptr, np.int64))
        object.__setattr__(self, "indices", _read_only(self.indices, np.int32))
        if self.indptr.size == 0 or self.indptr[0] != 0 or self.indptr[-1] != self.indices.size:
            raise BadData("interactions: indptr must start at 0 and end at the number of interactions")
        if np.any(np.diff(self.indptr) < 0):
            raise BadData("interactions: indptr must not decrease")
        if self.indices.size and not 0 <= self.indices.min() <= self.indices.max() < self.n_items:
            raise BadData(f"interactions: items must lie in 0…{self.n_items - 1}")
        keys = self.keys()
        if np.any(keys[1:] <= keys[:-1]):
            raise BadData("interactions: the items of a row must be ascending and distinct")

    @classmethod
    def from_pairs(cls, users: ArrayLike, items: ArrayLike, n_users: int, n_items: int) -> Interactions:
        """Build from pairs in any order; repeated pairs are merged."""
        columns = np.asarray(items, np.int64)
        if columns.size and not 0 <= columns.min() <= columns.max() < n_items:
            raise BadData(f"interactions: items must lie in 0…{n_items - 1}")
        keys = distinct(np.asarray(users, np.int64) * n_items + columns)
        rows = keys // max(n_items, 1)
        if rows.size and not 0 <= rows[0] <= rows[-1] < n_users:
            raise BadData(f"interactions: users must lie in 0…{n_users - 1}")
        indptr = np.zeros(n_users + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=n_users), out=indptr[1:])
        return cls(indptr, (keys - rows * n_items).astype(np.int32), n_items)

    @classmethod
    def empty(cls, n_users: int, n_items: int) -> Interactions:
        """Build rows without items."""
        return cls(np.zeros(n_users + 1, np.int64), np.zeros(0, np.int32), n_items)

    @property
    def n_users(self) -> int:
        """Number of rows."""
        return self.indptr.size - 1

    def __len__(self) -> int:
        return self.indices.size

    @property
    def counts(self) -> IntArray:
        """Number of items of each user: int64[n_users]."""
        return np.diff(self.indptr)

    def row(self, user: int) -> ItemArray:
        """Items of one user, ascending."""
        return self.indices[self.indptr[user] : self.indptr[user + 1]]

    def users(self) -> IntArray:
        """User of each interaction: int64[n_interactions], parallel to `indices`."""
        return np.repeat(np.arange(self.n_users), self.counts)

    def keys(self) -> IntArray:
        """`user * n_items + item` of each interaction, ascending: int64[n_interactions], for set operations."""
        return self.users() * self.n_items + self.indices

    def select(self, users: ArrayLike) -> Interactions:
        """Return the rows of these users, in this order."""
        rows = np.asarray(users, np.int64)
        counts = self.counts[rows]
        indptr = np.zeros(rows.size + 1, np.int64)
        np.cumsum(counts, out=indptr[1:])
        positions = np.repeat(self.indptr[rows] - indptr[:-1], counts) + np.arange(indptr[-1])
        return Interactions(indptr, self.indices[positions], self.n_items)

    def union(self, other: Interactions) -> Interactions:
        """Return the pairs that are in either."""
        return self._from_keys(distinct(np.concatenate([self.keys(), other.keys()])))

    def minus(self, other: Interactions) -> Interactions:
        """Return the pairs that are not in the other."""
        return self._from_keys(np.setdiff1d(self.keys(), other.keys(), assume_unique=True))

    def relabel_items(self, new: ArrayLike) -> Interactions:
        """Return the same pairs with item `i` renumbered as `new[i]`; `new` is a permutation."""
        return Interactions.from_pairs(self.users(), np.asarray(new)[self.indices], self.n_users, self.n_items)

    def digest(self) -> str:
        """Return the SHA-256 of sizes and pairs: equal data sets have equal digests."""
        sha = hashlib.sha256(f"{self.n_users} {self.n_items}".encode())
        sha.update(self.indptr.astype("<i8").tobytes())
        sha.update(self.indices.astype("<i4").tobytes())
        return sha.hexdigest()

    def _from_keys(self, keys: IntArray) -> Interactions:
        return Interactions.from_pairs(keys // self.n_items, keys % self.n_items, self.n_users, self.n_items)


def distinct(keys: IntArray) -> IntArray:
    """Return the distinct keys, ascending. Sorting is many times faster here than the hashing of `np.unique`."""
    ordered = np.sort(keys)
    return ordered[np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))]


def _read_only(array: ArrayLike, dtype: type[T]) -> NDArray[T]:
    result = np.ascontiguousarray(array, dtype)
    if result is array and result.flags.writeable:
        result = result.copy()
    result.flags.writeable = False
    return result
