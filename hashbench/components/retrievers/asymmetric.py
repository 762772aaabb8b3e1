"""Exact search of binary items with continuous queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hashbench.components.retrievers.base import BaseRetriever
from hashbench.data.interactions import Interactions
from hashbench.errors import BadParameter
from hashbench.kernels.asymmetric_scan import asymmetric_top_k
from hashbench.kernels.blocks import in_blocks
from hashbench.kernels.byte_planes import BytePlanes
from hashbench.protocols import FloatArray, Hashed, Part, Ranking, RunContext

BLOCK = 32
"""Queries per block."""


@dataclass(frozen=True)
class Asymmetric(BaseRetriever):
    """Inner product of the query's embedding and the item's code, by look-up tables (HashLGN, section 3.2: Ω(c; q)).

    An embedding must have as many values as a code has bits. The bits stand for the items' `bit_values` (such as
    HashLGN's g(c)), or for ±1 if the head gives none.
    """

    name: ClassVar[str] = "asymmetric"
    needs: ClassVar[frozenset[Part]] = frozenset({"codes", "embeddings"})
    shardable: ClassVar[bool] = True

    def build(self, items: Hashed, ctx: RunContext) -> AsymmetricIndex:
        """Lay the items' codes out byte by byte."""
        assert items.codes is not None
        n_bits = items.codes.n_bits
        bit_values = np.repeat([[-1], [1]], n_bits, axis=1) if items.bit_values is None else items.bit_values
        if bit_values.shape != (2, n_bits):
            raise ValueError(
                f"bit_values must be [2, {n_bits}] for codes of {n_bits} bits, got {list(bit_values.shape)}"
            )
        return AsymmetricIndex(BytePlanes.of(items.codes), np.ascontiguousarray(bit_values, np.float32), ctx.threads)


@dataclass(frozen=True, eq=False)
class AsymmetricIndex:
    """The codes, byte by byte, and `bit_values` float32[2, n_bits], the numbers that bits of 0 and 1 stand for."""

    planes: BytePlanes
    bit_values: FloatArray
    threads: int

    @property
    def nbytes(self) -> int:
        """Memory of codes and bit values."""
        return self.planes.nbytes + self.bit_values.nbytes

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank by inner product with the bit values of the codes. Raises `BadParameter` if lengths differ."""
        assert queries.embeddings is not None
        planes, users = self.planes, np.ascontiguousarray(queries.embeddings, np.float32)
        n_queries, dim = users.shape
        if dim != planes.n_bits:
            raise BadParameter(
                f"retriever 'asymmetric' needs a value for each bit, but embeddings have {dim} values and codes have "
                f"{planes.n_bits} bits; give encoder and hash head the same length"
            )
        items, best = np.empty((n_queries, k), np.int32), np.empty((n_queries, k), np.float32)

        def search_block(block: slice) -> None:
            asymmetric_top_k(
                planes.blocks,
                planes.tail,
                self.bit_values,
                users[block],
                exclude.indptr[block.start : block.stop + 1],
                exclude.indices,
                items[block],
                best[block],
            )

        in_blocks(n_queries, BLOCK, self.threads, search_block)
        return Ranking(items, best)
