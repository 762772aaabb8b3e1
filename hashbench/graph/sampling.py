"""Neighbourhoods of a batch: for each node some of its neighbours, drawn without replacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.blocks import in_blocks

IntArray = NDArray[np.int64]
BLOCK = 2048
"""Nodes of one go."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Neighbours drawn for `n` nodes: `nodes` int64[m] has those n first, then whoever else was drawn.

    Row i, `columns[indptr[i]:indptr[i + 1]]`, holds places in `nodes`, int32; its sum times `scale` float32[n], the
    node's neighbours over those drawn, is an unbiased estimate of the sum over all its neighbours.
    """

    nodes: IntArray
    indptr: IntArray
    columns: NDArray[np.int32]
    scale: NDArray[np.float32]

    def transposed(self) -> tuple[IntArray, NDArray[np.int32]]:
        """Return the rows and columns of the other direction: indptr int64[m + 1], and places below n."""
        indptr = np.zeros(len(self.nodes) + 1, np.int64)
        np.cumsum(np.bincount(self.columns, minlength=len(self.nodes)), out=indptr[1:])
        columns = np.empty_like(self.columns)
        _transpose(self.indptr, self.columns, indptr[:-1].copy(), columns)
        return indptr, columns


class NeighbourSampler:
    """Draws neighbours from lists; a draw is of the seed and the node alone, whatever the threads and the batch."""

    def __init__(self, indptr: IntArray, indices: NDArray[np.int32], threads: int) -> None:
        self.indptr, self.indices, self.threads = indptr, indices, threads
        self._place = np.full(len(indptr) - 1, -1, np.int32)

    def sample(self, nodes: IntArray, fan_out: int, seed: int) -> Sample:
        """Draw at most `fan_out` distinct neighbours of each of `nodes`, each of which is given once."""
        degrees = self.indptr[nodes + 1] - self.indptr[nodes]
        drawn = np.minimum(degrees, fan_out)
        indptr = np.zeros(len(nodes) + 1, np.int64)
        np.cumsum(drawn, out=indptr[1:])
        columns = np.empty(indptr[-1], np.int32)

        def block(cut: slice) -> None:
            _draw(self.indptr, self.indices, nodes[cut], indptr[cut], fan_out, np.uint64(seed), columns)

        in_blocks(len(nodes), BLOCK, self.threads, block)
        reached = np.empty(len(nodes) + len(columns), np.int64)
        n = _number(nodes, columns, self._place, reached)
        scale = (degrees / np.maximum(drawn, 1)).astype(np.float32)
        return Sample(reached[:n].copy(), indptr, columns, scale)


@njit(nogil=True, cache=True)
def _next(state: np.uint64) -> np.uint64:
    """Return SplitMix64's output for a state (Steele et al., OOPSLA 2014)."""
    z = state * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(nogil=True, cache=True)
def _draw(
    indptr: IntArray,
    indices: NDArray[np.int32],
    nodes: IntArray,
    starts: IntArray,
    fan_out: int,
    seed: np.uint64,
    columns: NDArray[np.int32],
) -> None:
    chosen = np.empty(fan_out, np.int64)
    for row in range(len(nodes)):
        begin, degree = indptr[nodes[row]], indptr[nodes[row] + 1] - indptr[nodes[row]]
        start = starts[row]
        if degree <= fan_out:
            for place in range(degree):
                columns[start + place] = indices[begin + place]
            continue
        state = _next(_next(seed) ^ np.uint64(nodes[row]))
        for place in range(fan_out):  # Floyd's choice of a subset (Bentley and Floyd, CACM 1987)
            state += np.uint64(1)
            last = degree - fan_out + place
            one = np.int64(_next(state) % np.uint64(last + 1))
            for other in range(place):
                if chosen[other] == one:
                    one = last
                    break
            chosen[place] = one
            columns[start + place] = indices[begin + one]


@njit(nogil=True, cache=True)
def _number(nodes: IntArray, columns: NDArray[np.int32], place: NDArray[np.int32], reached: IntArray) -> int:
    """Replace nodes in `columns` by their places in `reached`, which is filled; return how many it has."""
    n = len(nodes)
    for row in range(n):
        reached[row] = nodes[row]
        place[nodes[row]] = row
    for edge in range(len(columns)):
        node = columns[edge]
        if place[node] < 0:
            place[node] = n
            reached[n] = node
            n += 1
        columns[edge] = place[node]
    for row in range(n):
        place[reached[row]] = -1
    return n


@njit(nogil=True, cache=True)
def _transpose(indptr: IntArray, columns: NDArray[np.int32], place: IntArray, rows: NDArray[np.int32]) -> None:
    for row in range(len(indptr) - 1):
        for edge in range(indptr[row], indptr[row + 1]):
            column = columns[edge]
            rows[place[column]] = row
            place[column] += 1
