"""Codes laid out byte by byte, a block of items at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.data.codes import Codes

BLOCK = 4096
"""Items per block. A row is a page, long enough for the loop's overhead not to matter. A block fits the L2 cache."""


@dataclass(frozen=True, eq=False)
class BytePlanes:
    """Row w of a block holds byte w of its codes, so that a vector holds as many items as it has bytes.

    `blocks` uint8[n_items // block, n_bytes, block] and `tail` uint8[n_bytes, n_items % block].
    """

    blocks: NDArray[np.uint8]
    tail: NDArray[np.uint8]
    n_bits: int

    @classmethod
    def of(cls, codes: Codes, block: int = BLOCK) -> BytePlanes:
        """Lay out codes."""
        packed = codes.packed
        n_bytes, full = packed.shape[1], len(codes) // block
        blocks = packed[: full * block].reshape(full, block, n_bytes).transpose(0, 2, 1)
        tail = packed[full * block :].T
        return cls(np.ascontiguousarray(blocks), np.ascontiguousarray(tail), codes.n_bits)

    def __len__(self) -> int:
        return int(self.blocks.shape[0] * self.blocks.shape[2] + self.tail.shape[1])

    @property
    def nbytes(self) -> int:
        """Memory of the codes."""
        return self.blocks.nbytes + self.tail.nbytes
