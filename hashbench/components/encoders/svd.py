"""Singular vectors of the normalised interactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import scipy.sparse as sp
from pydantic import Field
from scipy.sparse.linalg import svds

from hashbench.components.encoders.history import matrix
from hashbench.data.interactions import Interactions
from hashbench.errors import RunFailed
from hashbench.protocols import Embeddings, RunContext


@dataclass(frozen=True)
class SVD:
    """The ideal low-pass filter of GF-CF (Shen et al., CIKM 2021): R̃ = D_U^-½ R D_I^-½ ≈ U Σ Vᵀ.

    A user is U Σ, an item D_I^½ V: what R̃'s smooth part says of the pair, taken back to the items' scale.
    """

    name: ClassVar[str] = "svd"

    dim: Annotated[int, Field(ge=1, le=4096, description="singular vectors, which is the length of embeddings")] = 64

    def fit(self, train: Interactions, ctx: RunContext) -> Embeddings:
        """Return the singular vectors, scaled; raises `RunFailed` where there are fewer than `dim`."""
        if self.dim >= min(train.n_users, train.n_items):
            raise RunFailed(
                f"encoder 'svd' has dim={self.dim}, but {train.n_users:,} users × {train.n_items:,} items have only "
                f"{min(train.n_users, train.n_items) - 1:,} singular vectors to take; give a smaller dim"
            )
        ones = matrix(train)
        of_users, of_items = (np.sqrt(np.maximum(ones.sum(axis=axis), 1.0)) for axis in (1, 0))
        normalised = sp.diags_array(1 / of_users) @ ones @ sp.diags_array(1 / of_items)
        left, values, right = svds(normalised, self.dim, rng=ctx.rng("svd"))
        signs = np.sign(right[np.arange(self.dim), np.abs(right).argmax(axis=1)])  # which of ±v comes out is chance
        users, items = left * (values * signs), right.T * signs * of_items[:, None]
        return Embeddings(users.astype(np.float32), items.astype(np.float32))
