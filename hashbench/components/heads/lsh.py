"""Locality-sensitive hashing by random hyperplanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hashbench.components.heads.base import CodedHead
from hashbench.components.heads.hyperplanes import HyperplaneHasher
from hashbench.data.interactions import Interactions
from hashbench.protocols import Embeddings, RunContext


@dataclass(frozen=True)
class LSH(CodedHead):
    """Signs of projections on random hyperplanes (Charikar, STOC 2002; the LSH of HashGNN).

    A bit of two vectors differs with probability angle / π. The items' mean is subtracted from the items. This changes
    no user's ranking by inner product, and without it all items may lie in one narrow cone, where all bits agree.
    Fitted to a trained encoder, whose embeddings serve for re-ranking.
    """

    name: ClassVar[str] = "lsh"

    def fit(self, embeddings: Embeddings, train: Interactions, ctx: RunContext) -> HyperplaneHasher:
        """Draw random hyperplanes: through the origin for users, through the items' mean for items."""
        normals = ctx.rng("hyperplanes").standard_normal((embeddings.users.shape[1], self.bits))
        return HyperplaneHasher(normals.astype(np.float32), embeddings.items.mean(axis=0))
