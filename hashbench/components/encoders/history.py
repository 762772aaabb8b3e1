"""What encoders share that score an item by a user's history: sparse matrices, and histories as embeddings."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hashbench.data.interactions import Interactions
from hashbench.errors import RunFailed
from hashbench.protocols import Embeddings

MOST_ITEMS = 25_000
"""Items whose item × item matrix in float64 (5 GB) is still made."""


def matrix(train: Interactions) -> sp.csr_array:
    """Return the interactions as a sparse float64[n_users, n_items] of ones."""
    return sp.csr_array((np.ones(len(train)), train.indices, train.indptr), shape=(train.n_users, train.n_items))


def item_gram(train: Interactions, name: str) -> NDArray[np.float64]:
    """Return how often each two items have a user in common: float64[n_items, n_items]; raises `RunFailed`."""
    if train.n_items > MOST_ITEMS:
        raise RunFailed(
            f"encoder '{name}' needs a matrix of all pairs of items, for which {train.n_items:,} are too many "
            f"(at most {MOST_ITEMS:,}); take another encoder"
        )
    ones = matrix(train)
    gram: NDArray[np.float64] = (ones.T @ ones).toarray()
    return gram


def by_history(train: Interactions, weights: NDArray[np.float64]) -> Embeddings:
    """Return embeddings whose inner product is Σ weights[i, j] over the items i of a user's history.

    `weights` is float64[n_items, n_items]. A user is the row of ones and zeros, so a value an item of the catalogue.
    """
    users = matrix(train).toarray().astype(np.float32)
    return Embeddings(users, np.ascontiguousarray(weights.T, np.float32))
