"""Random walks between the nodes of one side of a bipartite graph, and skip-gram steps along them (BiNE)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.kernels.skip_gram import Negatives, skip_gram_step


class TwoSteps(NamedTuple):
    """Two edges that lead from a node to the other side and back: adjacency in both directions, in CSR form.

    Node v has the edges `indices[indptr[v]:indptr[v + 1]]` to the other side, whose node w has the edges
    `back_indices[back_indptr[w]:back_indptr[w + 1]]`. `cumulative_degrees` int64[n_edges] is the running sum of the
    degrees of `indices`: how many nodes are reached by the edges so far.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    cumulative_degrees: NDArray[np.int64]
    back_indptr: NDArray[np.int64]
    back_indices: NDArray[np.int32]


class WalkOptions(NamedTuple):
    """`stop` is the probability that a walk ends at a node; `window` counts earlier nodes that are contexts."""

    stop: float
    window: int


@njit(nogil=True, cache=True)
def train_on_walks(
    graph: TwoSteps,
    n_walks: NDArray[np.int64],
    centres: NDArray[np.float32],
    contexts: NDArray[np.float32],
    options: WalkOptions,
    negatives: Negatives,
    rate: float,
    seed: int,
) -> None:
    """Start `n_walks[v]` walks at each node v, and make skip-gram steps for nodes near each other on a walk.

    `centres` and `contexts` float32[n_nodes, d] are updated, in both directions of a pair.
    """
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator
    workspace = np.empty(centres.shape[1], np.float32)
    window = options.window
    previous = np.empty(window, np.int64)  # the last nodes of the walk, the newest first
    for start in range(len(n_walks)):
        for _ in range(n_walks[start]):
            node, n_previous = start, 0
            while True:
                for j in range(n_previous):
                    skip_gram_step(centres[node], contexts, previous[j], negatives, rate, workspace)
                    skip_gram_step(centres[previous[j]], contexts, node, negatives, rate, workspace)
                if np.random.random() < options.stop:  # noqa: NPY002
                    break
                n_previous = min(n_previous + 1, window)
                for j in range(n_previous - 1, 0, -1):
                    previous[j] = previous[j - 1]
                previous[0] = node
                node = walk_two_steps(node, graph)


@njit(nogil=True, cache=True)
def walk_two_steps(node: int, graph: TwoSteps) -> int:
    """Return a node two edges away, drawn in proportion to the common neighbours; `node` itself is one of them."""
    begin, end = graph.indptr[node], graph.indptr[node + 1]
    reached = graph.cumulative_degrees
    offset = reached[begin - 1] if begin > 0 else 0
    drawn = offset + np.random.randint(reached[end - 1] - offset)  # noqa: NPY002
    between = graph.indices[begin + np.searchsorted(reached[begin:end], drawn, side="right")]
    row = graph.back_indptr[between]
    degree = graph.back_indptr[between + 1] - row
    other: int = graph.back_indices[row + np.random.randint(degree)]  # noqa: NPY002
    return other
