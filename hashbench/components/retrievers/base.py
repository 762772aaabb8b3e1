"""Base of retrievers: what a retriever declares, with defaults."""

from __future__ import annotations

from typing import ClassVar


class BaseRetriever:
    """Base of retrievers that rank the whole catalogue. A subclass declares `needs`, which has no default."""

    shardable: ClassVar[bool] = False

    @property
    def max_k(self) -> int | None:
        """Largest k that it ranks; None if only the catalogue limits it."""
        return None
