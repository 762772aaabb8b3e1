"""What heads have in common that give a code and an embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hashbench.protocols import Part


@dataclass(frozen=True)
class CodedHead:
    """Base of heads that give codes of `bits` bits, and embeddings to re-rank by."""

    bits: Annotated[int, Field(ge=1, le=4096, description="length of a code")] = 32

    @property
    def emits(self) -> frozenset[Part]:
        """Codes and embeddings."""
        return frozenset({"codes", "embeddings"})

    @property
    def n_bits(self) -> int:
        """Length of a code."""
        return self.bits
