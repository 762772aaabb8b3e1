"""Sums of the rows of neighbours by compiled loops: for all nodes, for some nodes, or from some nodes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.blocks import in_blocks
from hashbench.kernels.row_sums_llvm import sum_16, sum_64

BLOCK = 2048
"""Nodes per block of work."""

Array = NDArray[Any]


class RowSums:
    """Products with a symmetric matrix A of ones. The results don't depend on the number of threads.

    x is float32[n, d], or uint16[n, d], the bits of bfloat16 values, where d is a multiple of 16. Sums are
    float32[n, d].
    """

    def __init__(self, indptr: NDArray[np.int64], indices: NDArray[np.int32], threads: int) -> None:
        self.indptr, self.indices = indptr, indices
        self.n, self.threads = len(indptr) - 1, threads
        self._all_rows, self._no_map = np.arange(self.n), np.zeros(0, np.int32)

    def product(self, x: Array, out: Array) -> None:
        """Write A x into `out`."""
        self._sum(x, self._all_rows, self._no_map, out)

    def gather(self, x: Array, rows: NDArray[np.int64], out: Array) -> None:
        """Write (A x)[rows] into `out` float32[len(rows), d]."""
        self._sum(x, rows, self._no_map, out)

    def scatter(self, values: Array, rows: NDArray[np.int64], out: Array) -> None:
        """Write A x into `out`, where x is `values` in the given rows, each listed once, and 0 elsewhere."""
        row_map = np.full(self.n, -1, np.int32)
        row_map[rows] = np.arange(len(rows), dtype=np.int32)
        self._sum(values, self._all_rows, row_map, out)

    def _sum(self, x: Array, rows: NDArray[np.int64], row_map: NDArray[np.int32], out: Array) -> None:
        _sum_in_blocks(self.indptr, self.indices, x, rows, row_map, out, self.threads)


def sum_rows(indptr: NDArray[np.int64], indices: NDArray[np.int32], x: Array, out: Array, threads: int) -> None:
    """Write M x into `out` float32[n, d], where M is the matrix of ones in CSR form: n rows of row numbers of x."""
    rows, no_map = np.arange(len(indptr) - 1), np.zeros(0, np.int32)
    _sum_in_blocks(indptr, indices, x, rows, no_map, out, threads)


def _sum_in_blocks(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    x: Array,
    rows: NDArray[np.int64],
    row_map: NDArray[np.int32],
    out: Array,
    threads: int,
) -> None:
    x = np.ascontiguousarray(x)  # gradients need not be contiguous

    def block(cut: slice) -> None:
        _sum_rows(indptr, indices, x, rows[cut], row_map, out[cut])

    in_blocks(len(rows), BLOCK, threads, block)


@njit(nogil=True, cache=True)
def _sum_rows(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    x: Array,
    rows: NDArray[np.int64],
    row_map: NDArray[np.int32],
    out: Array,
) -> None:
    width = x.shape[1]
    for row in range(len(rows)):
        start, stop = indptr[rows[row]], indptr[rows[row] + 1]
        edges, column = (start, stop, len(indices)), 0
        while column + 64 <= width:
            sum_64(x, indices, row_map, edges, column, out, row)
            column += 64
        while column + 16 <= width:
            sum_16(x, indices, row_map, edges, column, out, row)
            column += 16
        if column < width:  # float32 only
            out[row, column:] = 0
            for edge in range(start, stop):
                source = indices[edge] if len(row_map) == 0 else row_map[indices[edge]]
                if source >= 0:
                    for last in range(column, width):
                        out[row, last] += x[source, last]
