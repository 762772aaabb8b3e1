"""Sparse matrices of interactions, and users' histories as embeddings, for encoders that score by history."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hashbench.data.interactions import Interactions
from hashbench.errors import RunFailed
from hashbench.protocols import Embeddings

MAX_ITEMS = 25_000
"""Largest catalogue whose item × item matrix is built, in float64 (5 GB)."""


def matrix(train: Interactions) -> sp.csr_array:
    """Return the interactions as a sparse matrix of ones: float64[n_users, n_items]."""
    return sp.csr_array((np.ones(len(train)), train.indices, train.indptr), shape=(train.n_users, train.n_items))


def item_gram(train: Interactions, name: str) -> NDArray[np.float64]:
    """Count the common users of each pair of items: float64[n_items, n_items]. Raises `RunFailed` above MAX_ITEMS."""
    if train.n_items > MAX_ITEMS:
        raise RunFailed(
            f"encoder '{name}' needs a matrix of all pairs of items, and {train.n_items:,} items are too many "
            f"(at most {MAX_ITEMS:,}); use another encoder"
        )
    ones = matrix(train)
    gram: NDArray[np.float64] = (ones.T @ ones).toarray()
    return gram


def by_history(train: Interactions, weights: NDArray[np.float64]) -> Embeddings:
    """Return embeddings whose inner product with item j is Σ weights[i, j] over the items i of a user's history.

    `weights` is float64[n_items, n_items]. A user's embedding is the history itself: a 0 or 1 per item.
    """
    users = matrix(train).toarray().astype(np.float32)
    return Embeddings(users, np.ascontiguousarray(weights.T, np.float32))
