"""Bases of retrievers over codes and over embeddings, and both as arrays for faiss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hashbench.components.retrievers.base import BaseRetriever
from hashbench.errors import BadData
from hashbench.protocols import FloatArray, Hashed, Part


@dataclass(frozen=True)
class CodeRetriever(BaseRetriever):
    """Base of retrievers by Hamming distance; a score is the distance negated."""

    needs: ClassVar[frozenset[Part]] = frozenset({"codes"})


@dataclass(frozen=True)
class EmbeddingRetriever(BaseRetriever):
    """Base of retrievers by inner product of embeddings."""

    needs: ClassVar[frozenset[Part]] = frozenset({"embeddings"})


def packed_codes(side: Hashed) -> NDArray[np.uint8]:
    """Return the packed codes as faiss reads them: whole bytes, whose spare bits are zero and add no distance."""
    assert side.codes is not None
    return side.codes.packed


def float_embeddings(side: Hashed) -> FloatArray:
    """Return the embeddings as faiss reads them: C-contiguous float32[n, dim]."""
    assert side.embeddings is not None
    return np.ascontiguousarray(side.embeddings, np.float32)


def checked_finite(embeddings: FloatArray, retriever: str) -> FloatArray:
    """Return items' embeddings. Raises `BadData` if they hold NaN or infinity, which faiss cannot cluster or link."""
    if not np.isfinite(embeddings).all():
        raise BadData(
            f"retriever '{retriever}': the items' embeddings hold NaN or infinity, which faiss cannot index; "
            "train with a smaller --lr, or search with 'continuous'"
        )
    return embeddings
