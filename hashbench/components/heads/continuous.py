"""No hashing: the float reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from hashbench.components.heads.base import BaseHead
from hashbench.protocols import FloatArray, Hashed, Part, RunContext


@dataclass(frozen=True)
class Continuous(BaseHead):
    """No hashing: the encoder's embeddings as they are, searched by inner product. The float reference."""

    name: ClassVar[str] = "continuous"
    emits: ClassVar[frozenset[Part]] = frozenset({"embeddings"})

    def build(self, dim: int, ctx: RunContext) -> ContinuousLayer:
        """Return the identity."""
        return ContinuousLayer()


class ContinuousLayer(nn.Module):
    """The identity."""

    def relax(self, users: Tensor, items: Tensor, progress: float, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the embeddings."""
        return users, items

    def schedule(self, progress: float) -> None:
        """Anneal nothing."""
        return

    def harden(self) -> ContinuousHasher:
        """Return the identity."""
        return ContinuousHasher()


class ContinuousHasher:
    """The embeddings as they are."""

    def hash_users(self, embeddings: FloatArray) -> Hashed:
        """Wrap float32[n, dim]."""
        return Hashed(embeddings=embeddings)

    def hash_items(self, embeddings: FloatArray) -> Hashed:
        """Wrap float32[n, dim]."""
        return Hashed(embeddings=embeddings)
