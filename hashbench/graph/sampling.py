"""Sampled neighbourhoods of a batch's nodes: some neighbours of each, drawn without replacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.kernels.blocks import in_blocks
from hashbench.kernels.neighbour_sampling import draw_neighbours, number_nodes, transpose

IntArray = NDArray[np.int64]
BLOCK_SIZE = 2048
"""Nodes per block of work."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Neighbours that were drawn for n nodes.

    The sum over row i times `scale[i]` is an unbiased estimate of the sum over all neighbours of node i.

    Attributes:
        nodes: int64[m], the n nodes first, then the other nodes that were drawn.
        indptr: int64[n + 1]; row i is `columns[indptr[i]:indptr[i + 1]]`.
        columns: int32; each is a position in `nodes`.
        scale: float32[n], the number of a node's neighbours over the number of those drawn.
    """

    nodes: IntArray
    indptr: IntArray
    columns: NDArray[np.int32]
    scale: NDArray[np.float32]

    def transposed(self) -> tuple[IntArray, NDArray[np.int32]]:
        """Return the transposed lists: indptr int64[m + 1], and int32 rows below n."""
        indptr = np.zeros(len(self.nodes) + 1, np.int64)
        np.cumsum(np.bincount(self.columns, minlength=len(self.nodes)), out=indptr[1:])
        rows = np.empty_like(self.columns)
        transpose(self.indptr, self.columns, indptr[:-1].copy(), rows)
        return indptr, rows


class NeighbourSampler:
    """Draws neighbours from neighbour lists (`indptr` int64[n_nodes + 1], `indices` int32).

    What is drawn for a node depends on the seed and the node alone, not on the batch or the number of threads.
    """

    def __init__(self, indptr: IntArray, indices: NDArray[np.int32], threads: int) -> None:
        self.indptr, self.indices, self.threads = indptr, indices, threads
        self._row_of = np.full(len(indptr) - 1, -1, np.int32)

    def sample(self, nodes: IntArray, fan_out: int, seed: int) -> Sample:
        """Draw at most `fan_out` distinct neighbours of each of the distinct `nodes` int64[n]."""
        degrees = self.indptr[nodes + 1] - self.indptr[nodes]
        n_drawn = np.minimum(degrees, fan_out)
        indptr = np.zeros(len(nodes) + 1, np.int64)
        np.cumsum(n_drawn, out=indptr[1:])
        columns = np.empty(indptr[-1], np.int32)

        def draw(block: slice) -> None:
            draw_neighbours(self.indptr, self.indices, nodes[block], indptr[block], fan_out, np.uint64(seed), columns)

        in_blocks(len(nodes), BLOCK_SIZE, self.threads, draw)
        reached = np.empty(len(nodes) + len(columns), np.int64)
        n_reached = number_nodes(nodes, columns, self._row_of, reached)
        scale = (degrees / np.maximum(n_drawn, 1)).astype(np.float32)
        return Sample(reached[:n_reached].copy(), indptr, columns, scale)
