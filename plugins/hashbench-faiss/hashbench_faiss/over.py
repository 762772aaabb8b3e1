"""What a retriever searches, codes or embeddings, and how faiss takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hashbench.components.retrievers.base import BaseRetriever
from hashbench.errors import BadData
from hashbench.protocols import FloatArray, Hashed, Part


@dataclass(frozen=True)
class OverCodes(BaseRetriever):
    """Base of retrievers by Hamming distance; a score is the distance negated."""

    needs: ClassVar[frozenset[Part]] = frozenset({"codes"})


@dataclass(frozen=True)
class OverDense(BaseRetriever):
    """Base of retrievers by inner product of embeddings."""

    needs: ClassVar[frozenset[Part]] = frozenset({"embeddings"})


def code_rows(side: Hashed) -> NDArray[np.uint8]:
    """Return the packed codes: whole bytes as faiss wants them; their spare bits, all zero, add no distance."""
    assert side.codes is not None
    return side.codes.packed


def dense_rows(side: Hashed) -> FloatArray:
    """Return the embeddings as faiss wants them."""
    assert side.embeddings is not None
    return np.ascontiguousarray(side.embeddings, np.float32)


def finite(embeddings: FloatArray, retriever: str) -> FloatArray:
    """Return items' embeddings; raises `BadData` where faiss could not cluster or link them."""
    if not np.isfinite(embeddings).all():
        raise BadData(
            f"retriever '{retriever}': the items' embeddings hold NaN or infinity, which faiss cannot index; "
            "train with a smaller --lr, or search with 'continuous'"
        )
    return embeddings
