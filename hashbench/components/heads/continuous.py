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
    """No hashing: the encoder's embeddings unchanged, searched by inner product. The float reference."""

    name: ClassVar[str] = "continuous"
    emits: ClassVar[frozenset[Part]] = frozenset({"embeddings"})

    def build(self, dim: int, ctx: RunContext) -> ContinuousLayer:
        """Return the identity layer."""
        return ContinuousLayer()


class ContinuousLayer(nn.Module):
    """The identity layer."""

    def relax(self, users: Tensor, items: Tensor, progress: float, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the embeddings."""
        return users, items

    def schedule(self, progress: float) -> None:
        """Return None: nothing is annealed."""
        return

    def harden(self) -> ContinuousHasher:
        """Return the identity hasher."""
        return ContinuousHasher()


class ContinuousHasher:
    """Returns embeddings unchanged."""

    def hash_users(self, embeddings: FloatArray) -> Hashed:
        """Wrap float32[n, dim]."""
        return Hashed(embeddings=embeddings)

    def hash_items(self, embeddings: FloatArray) -> Hashed:
        """Wrap float32[n, dim]."""
        return Hashed(embeddings=embeddings)
