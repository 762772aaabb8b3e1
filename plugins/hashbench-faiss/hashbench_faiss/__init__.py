"""Indexes of faiss as retrievers of hashbench."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hashbench import hookimpl

if TYPE_CHECKING:
    from hashbench.protocols import Retriever


@hookimpl
def hashbench_retrievers() -> Iterable[type[Retriever]]:
    """Return the retrievers. faiss is imported only when retrievers are needed."""
    from hashbench_faiss.binary_flat import BinaryFlat
    from hashbench_faiss.binary_hnsw import BinaryHNSW
    from hashbench_faiss.binary_ivf import BinaryIVF
    from hashbench_faiss.hnsw import HNSW
    from hashbench_faiss.ivf_pq import IVFPQ

    return [BinaryFlat, BinaryIVF, BinaryHNSW, IVFPQ, HNSW]
