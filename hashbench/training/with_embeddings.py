"""Codes of a head, and the encoder's own embeddings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hashbench.protocols import FloatArray, Hashed, Hasher


@dataclass(frozen=True, eq=False)
class WithEmbeddings:
    """Hash functions whose embeddings are the ones they are given, not their own."""

    hasher: Hasher

    def hash_users(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        return replace(self.hasher.hash_users(embeddings), embeddings=embeddings)

    def hash_items(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        return replace(self.hasher.hash_items(embeddings), embeddings=embeddings)
