"""Neighbourhoods of a batch: for each node some of its neighbours, drawn without replacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.kernels.blocks import in_blocks
from hashbench.kernels.neighbour_sampling import draw_neighbours, number_nodes, transpose

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
        transpose(self.indptr, self.columns, indptr[:-1].copy(), columns)
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
            draw_neighbours(self.indptr, self.indices, nodes[cut], indptr[cut], fan_out, np.uint64(seed), columns)

        in_blocks(len(nodes), BLOCK, self.threads, block)
        reached = np.empty(len(nodes) + len(columns), np.int64)
        n = number_nodes(nodes, columns, self._place, reached)
        scale = (degrees / np.maximum(drawn, 1)).astype(np.float32)
        return Sample(reached[:n].copy(), indptr, columns, scale)
