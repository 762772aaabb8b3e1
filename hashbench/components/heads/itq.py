"""Iterative quantisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hashbench.components.heads.base import CodedHead
from hashbench.components.heads.hyperplanes import HyperplaneHasher
from hashbench.data.interactions import Interactions
from hashbench.errors import RunFailed
from hashbench.protocols import Embeddings, RunContext


@dataclass(frozen=True)
class ITQ(CodedHead):
    """Principal directions, rotated towards the corners of the cube (Gong and Lazebnik, CVPR 2011).

    First V W, with W the leading eigenvectors of the covariance (section 2). Then R, by alternating B = sgn(V R) and
    the orthogonal Procrustes problem min ‖B - V R‖ (section 3, eq. 2). Fitted to users and items together. The items'
    mean is subtracted from the items, as in `lsh`, but not from the users. Both are normalised to unit length, which
    changes no sign.
    """

    name: ClassVar[str] = "itq"

    rounds: Annotated[int, Field(ge=1, description="number of alternations")] = 50

    def fit(self, embeddings: Embeddings, train: Interactions, ctx: RunContext) -> HyperplaneHasher:
        """Find the rotation. Raises `RunFailed` if a code is longer than the embeddings."""
        users, items = (np.asarray(side, np.float64) for side in (embeddings.users, embeddings.items))
        dim, mean = users.shape[1], items.mean(axis=0)
        if self.bits > dim:
            raise RunFailed(f"head 'itq' has bits={self.bits}, but embeddings have only {dim} values; give fewer bits")
        both = np.concatenate([_normalized(users), _normalized(items - mean)])
        _, directions = np.linalg.eigh(both.T @ both)
        principal = directions[:, ::-1][:, : self.bits]
        projected = both @ principal
        rotation, _ = np.linalg.qr(ctx.rng("rotation").standard_normal((self.bits, self.bits)))
        for _ in range(self.rounds):
            corners = np.where(projected @ rotation >= 0, 1.0, -1.0)
            left, _, right = np.linalg.svd(corners.T @ projected)
            rotation = (left @ right).T
        return HyperplaneHasher((principal @ rotation).astype(np.float32), mean.astype(np.float32))


def _normalized(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, 1e-12)
