"""EASE: the linear autoencoder in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy.linalg import lapack

from hashbench.components.encoders.history import by_history, item_gram
from hashbench.data.interactions import Interactions
from hashbench.protocols import Embeddings, RunContext


@dataclass(frozen=True)
class EASE:
    """Embarrassingly shallow autoencoder (Steck, WWW 2019): B_ij = -P_ij / P_jj, B_jj = 0, P = (XᵀX + λI)⁻¹ (eq. 8).

    Users' and items' embeddings have one value per item of the catalogue: a reference for quality, not for size.
    """

    name: ClassVar[str] = "ease"

    l2: Annotated[float, Field(gt=0, description="weight λ of the regularisation")] = 500.0

    def fit(self, train: Interactions, ctx: RunContext) -> Embeddings:
        """Return users' histories and the items' weights. Raises `RunFailed` if there are too many items."""
        gram = item_gram(train, self.name)
        gram[np.diag_indices_from(gram)] += self.l2
        factor, _ = lapack.dpotrf(gram, lower=False, overwrite_a=True)
        inverse, _ = lapack.dpotri(factor, lower=False, overwrite_c=True)
        inverse = np.triu(inverse) + np.triu(inverse, 1).T
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        return by_history(train, weights)
