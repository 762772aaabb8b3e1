"""A head's codes beside the encoder's own embeddings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hashbench.protocols import FloatArray, Hashed, Hasher


@dataclass(frozen=True, eq=False)
class WithEmbeddings:
    """Hash functions that return a hasher's codes together with the embeddings they were computed from."""

    hasher: Hasher

    def hash_users(self, embeddings: FloatArray) -> Hashed:
        """Hash users' embeddings float32[n, dim]."""
        return replace(self.hasher.hash_users(embeddings), embeddings=embeddings)

    def hash_items(self, embeddings: FloatArray) -> Hashed:
        """Hash items' embeddings float32[n, dim]."""
        return replace(self.hasher.hash_items(embeddings), embeddings=embeddings)
