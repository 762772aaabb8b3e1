"""Bases of hash heads: what a head declares, with defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from hashbench.protocols import Part


class BaseHead:
    """Base of hash heads. By default a head emits codes and embeddings, and any retriever of these may search it."""

    emits: ClassVar[frozenset[Part]] = frozenset({"codes", "embeddings"})
    retriever: ClassVar[str | None] = None

    @property
    def n_bits(self) -> int | None:
        """Length of a code; None for a head that gives none."""
        return None


@dataclass(frozen=True)
class CodedHead(BaseHead):
    """Base of heads with a parameter `bits`, the length of a code."""

    bits: Annotated[int, Field(ge=1, le=4096, description="length of a code")] = 32

    @property
    def n_bits(self) -> int:
        """Length of a code."""
        return self.bits
