"""How many items lie at each Hamming distance from each user."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.data.codes import Codes
from hashbench.kernels.byte_planes import BLOCK, BytePlanes
from hashbench.kernels.byte_scan import scan


def distance_counts(users: Codes, items: Codes) -> NDArray[np.int64]:
    """Count the items at each Hamming distance from each user: int64[n_users, n_bits + 1]."""
    planes = BytePlanes.of(items)
    counts = np.zeros((len(users), items.n_bits + 1), np.int64)
    distances = np.empty(BLOCK, np.uint8 if items.n_bits < 256 else np.uint16)
    _count_distances(planes.blocks, planes.tail, users.packed, distances, counts)
    return counts


@njit(nogil=True, cache=True)
def _count_distances(
    blocks: NDArray[np.uint8],
    tail: NDArray[np.uint8],
    queries: NDArray[np.uint8],
    workspace: NDArray[Any],
    counts: NDArray[np.int64],
) -> None:
    """Add the distances of each block to `counts`; a block is read once for all queries.

    `workspace` [BLOCK] holds the distances of a block.
    """
    for block in range(blocks.shape[0] + 1):
        rows = blocks[block] if block < blocks.shape[0] else tail
        distances = workspace[: rows.shape[1]]
        for q in range(queries.shape[0]):
            scan(rows, queries[q], distances)
            query_counts = counts[q]
            for j in range(distances.size):
                query_counts[distances[j]] += 1
