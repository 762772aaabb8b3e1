"""Signs of projections, the hash functions of LSH and ITQ."""

from __future__ import annotations

from dataclasses import dataclass

from hashbench.data.codes import Codes
from hashbench.protocols import FloatArray, Hashed


@dataclass(frozen=True, eq=False)
class HyperplaneHasher:
    """Signs of projections on `normals` float32[dim, n_bits]; items are shifted by `item_mean` float32[dim]."""

    normals: FloatArray
    item_mean: FloatArray

    def hash_users(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        return Hashed(Codes.from_signs(embeddings @ self.normals), embeddings)

    def hash_items(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        return Hashed(Codes.from_signs((embeddings - self.item_mean) @ self.normals), embeddings)
