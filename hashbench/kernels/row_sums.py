"""Sums over neighbours by compiled loops: of all nodes, of some alone, and from some alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.blocks import in_blocks
from hashbench.kernels.row_sums_llvm import sum_16, sum_64

BLOCK = 2048
"""Nodes of one go."""

Array = NDArray[Any]


class RowSums:
    """Products by a symmetric A of ones, the same whatever the threads.

    x is float32[n, d], or uint16[n, d], the bits of bfloat16 values, d being a multiple of 16; sums are
    float32[n, d].
    """

    def __init__(self, indptr: NDArray[np.int64], indices: NDArray[np.int32], threads: int) -> None:
        self.indptr, self.indices = indptr, indices
        self.n, self.threads = len(indptr) - 1, threads
        self._all, self._everywhere = np.arange(self.n), np.zeros(0, np.int32)

    def product(self, x: Array, out: Array) -> None:
        """Write A x into `out`."""
        self._sum(x, self._all, self._everywhere, out)

    def gather(self, x: Array, rows: NDArray[np.int64], out: Array) -> None:
        """Write (A x)[rows] into `out` float32[len(rows), d]."""
        self._sum(x, rows, self._everywhere, out)

    def scatter(self, values: Array, rows: NDArray[np.int64], out: Array) -> None:
        """Write A x into `out`, where x is `values` in the given rows, each once, and 0 elsewhere."""
        place = np.full(self.n, -1, np.int32)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        self._sum(values, self._all, place, out)

    def _sum(self, x: Array, rows: NDArray[np.int64], place: NDArray[np.int32], out: Array) -> None:
        _sum_in_blocks(self.indptr, self.indices, x, rows, place, out, self.threads)


def sum_rows(indptr: NDArray[np.int64], indices: NDArray[np.int32], x: Array, out: Array, threads: int) -> None:
    """Write M x into `out` float32[n, d], M being the matrix of ones of any lists: n rows, of places in x."""
    rows, everywhere = np.arange(len(indptr) - 1), np.zeros(0, np.int32)
    _sum_in_blocks(indptr, indices, x, rows, everywhere, out, threads)


def _sum_in_blocks(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    x: Array,
    rows: NDArray[np.int64],
    place: NDArray[np.int32],
    out: Array,
    threads: int,
) -> None:
    x = np.ascontiguousarray(x)  # gradients need not be

    def block(cut: slice) -> None:
        _sum_rows(indptr, indices, x, rows[cut], place, out[cut])

    in_blocks(len(rows), BLOCK, threads, block)


@njit(nogil=True, cache=True)
def _sum_rows(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    x: Array,
    rows: NDArray[np.int64],
    place: NDArray[np.int32],
    out: Array,
) -> None:
    width = x.shape[1]
    for number in range(len(rows)):
        start, stop = indptr[rows[number]], indptr[rows[number] + 1]
        column = 0
        while column + 64 <= width:
            sum_64(x, indices, place, start, stop, len(indices), column, out, number)
            column += 64
        while column + 16 <= width:
            sum_16(x, indices, place, start, stop, len(indices), column, out, number)
            column += 16
        if column < width:  # of float32 alone
            out[number, column:] = 0
            for edge in range(start, stop):
                which = indices[edge] if len(place) == 0 else place[indices[edge]]
                if which >= 0:
                    for last in range(column, width):
                        out[number, last] += x[which, last]
