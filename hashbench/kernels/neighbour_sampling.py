"""Drawing neighbours of nodes without replacement, and the bookkeeping of a sampled block."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def draw_neighbours(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    nodes: NDArray[np.int64],
    starts: NDArray[np.int64],
    fan_out: int,
    seed: np.uint64,
    columns: NDArray[np.int32],
) -> None:
    """Write at most `fan_out` distinct neighbours of each node into `columns`.

    A draw depends on the seed and the node alone. Subsets are equally likely (Bentley and Floyd, CACM 1987).

    Args:
        indptr: node v has the neighbours `indices[indptr[v]:indptr[v + 1]]`.
        indices: int32[n_edges].
        nodes: int64[n].
        starts: int64[n]; the neighbours of `nodes[i]` are written from `columns[starts[i]]` on.
        fan_out: the most neighbours of a node; one with no more than so many gets all of them.
        seed: of the draw.
        columns: receives the neighbours.
    """
    chosen = np.empty(fan_out, np.int64)
    for row in range(len(nodes)):
        begin, degree = indptr[nodes[row]], indptr[nodes[row] + 1] - indptr[nodes[row]]
        start = starts[row]
        if degree <= fan_out:
            for j in range(degree):
                columns[start + j] = indices[begin + j]
            continue
        state = _split_mix(_split_mix(seed) ^ np.uint64(nodes[row]))
        for j in range(fan_out):  # Floyd's choice of a subset
            state += np.uint64(1)
            last = degree - fan_out + j
            neighbour = np.int64(_split_mix(state) % np.uint64(last + 1))
            for earlier in range(j):
                if chosen[earlier] == neighbour:
                    neighbour = last
                    break
            chosen[j] = neighbour
            columns[start + j] = indices[begin + neighbour]


@njit(nogil=True, cache=True)
def number_nodes(
    nodes: NDArray[np.int64], columns: NDArray[np.int32], row_of: NDArray[np.int32], reached: NDArray[np.int64]
) -> int:
    """Give every node of `nodes` and `columns` a row of its own; return the number of rows.

    Args:
        nodes: int64[n], which get the rows below n.
        columns: node numbers, replaced by their rows.
        row_of: int32[n_nodes], -1 everywhere, and so again on return.
        reached: int64[n + len(columns)]; the node of each row is written.
    """
    n = len(nodes)
    for row in range(n):
        reached[row] = nodes[row]
        row_of[nodes[row]] = row
    for edge in range(len(columns)):
        node = columns[edge]
        if row_of[node] < 0:
            row_of[node] = n
            reached[n] = node
            n += 1
        columns[edge] = row_of[node]
    for row in range(n):
        row_of[reached[row]] = -1
    return n


@njit(nogil=True, cache=True)
def transpose(
    indptr: NDArray[np.int64], columns: NDArray[np.int32], starts: NDArray[np.int64], rows: NDArray[np.int32]
) -> None:
    """Write the rows of each column of a CSR matrix into `rows`, in rising order.

    Those of column c begin at `rows[starts[c]]`. `starts` is advanced: afterwards it holds where each column ends.
    """
    for row in range(len(indptr) - 1):
        for edge in range(indptr[row], indptr[row + 1]):
            column = columns[edge]
            rows[starts[column]] = row
            starts[column] += 1


@njit(nogil=True, cache=True)
def _split_mix(state: np.uint64) -> np.uint64:
    """Return SplitMix64's output for a state (Steele et al., OOPSLA 2014)."""
    z = state * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
