"""Training on sampled edges of a bipartite graph, as LINE and PTE do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.skip_gram import Negatives, skip_gram_step


class Edges(NamedTuple):
    """The two ends of every edge: `users` int64[n_edges] and `items` int32[n_edges]."""

    users: NDArray[np.int64]
    items: NDArray[np.int32]


@njit(nogil=True, cache=True)
def train_on_sampled_edges(
    edges: Edges,
    users: NDArray[np.float32],
    items: NDArray[np.float32],
    negatives: Negatives,
    n_samples: int,
    lr: float,
    seed: int,
) -> None:
    """Draw `n_samples` edges uniformly and make a skip-gram step for each; the item is the user's context.

    The step size falls linearly from `lr` to `lr` / 10⁴. `users` and `items` float32[n, d] are updated.
    """
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator
    workspace = np.empty(users.shape[1], np.float32)
    for sample in range(n_samples):
        rate = max(lr * (1 - sample / n_samples), lr * 1e-4)
        edge = np.random.randint(len(edges.users))  # noqa: NPY002
        skip_gram_step(users[edges.users[edge]], items, edges.items[edge], negatives, rate, workspace)
