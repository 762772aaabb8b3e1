"""Codes laid out for a scan bit by bit, a tile of items at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.data.codes import Codes
from hashbench.kernels.aligned import empty_aligned
from hashbench.kernels.bit_sliced_llvm import STEP, levels_for

MOST_STEPS, TILE_BYTES = 16, 1 << 17
"""A tile's steps and size at most: rows long enough to be read ahead, and as many of them as stay in the L2 cache."""


@dataclass(frozen=True, eq=False)
class BitPlanes:
    """Bit j of the codes of a tile lies in row j, an item a bit; the rows below hold each code's number of ones.

    `tiles` is uint64[n_tiles, n_bits + n_sums, words]: row n_bits + s is bit s of that number, the lowest first. Item
    i is bit i % 64 of word i // 64 % words of tile i // 64 // words. Places beyond the last item are zero.
    """

    tiles: NDArray[np.uint64]
    n_items: int
    n_bits: int
    levels: int
    """Binary places that the kernel's totals take."""

    @classmethod
    def of(cls, codes: Codes, steps: Sequence[int] = ()) -> BitPlanes:
        """Lay out codes in tiles of as many steps of the kernel, of `steps`, as leave the fewest places empty.

        Raises:
            ValueError: The codes are too long for the kernel.
        """
        most = max(1, min(MOST_STEPS, TILE_BYTES // (8 * STEP * codes.n_bits)))
        steps, total = steps or range((most + 1) // 2, most + 1), -(-len(codes) // (64 * STEP))
        width = min(steps, key=lambda w: (-total % w, -w)) if total > max(steps) else max(total, 1)
        ones = np.bitwise_count(codes.packed).sum(axis=1, dtype=np.uint16)
        n_sums = max(1, int(ones.max(initial=0)).bit_length())
        levels = levels_for(codes.n_bits, n_sums)
        tiles = empty_aligned((-(-total // width), codes.n_bits + n_sums, width * STEP), np.uint64)
        _transpose(codes.packed, ones, codes.n_bits, tiles)
        return cls(tiles, len(codes), codes.n_bits, levels)

    def __len__(self) -> int:
        return self.n_items

    @property
    def n_sums(self) -> int:
        """Rows of the number of ones."""
        return int(self.tiles.shape[1]) - self.n_bits

    @property
    def nbytes(self) -> int:
        """Memory of the codes and of their numbers of ones."""
        return self.tiles.nbytes


@njit(nogil=True, cache=True)
def _transpose(packed: NDArray[np.uint8], ones: NDArray[np.uint16], n_bits: int, tiles: NDArray[np.uint64]) -> None:
    words = tiles.shape[2]
    one = np.uint64(1)
    for tile in range(tiles.shape[0]):
        rows = tiles[tile]
        rows[:] = 0
        for word in range(words):
            start = (tile * words + word) * 64
            for item in range(start, min(start + 64, packed.shape[0])):
                place = np.uint64(item - start)
                for bit in range(n_bits):
                    rows[bit, word] |= (np.uint64(packed[item, bit >> 3] >> (bit & 7)) & one) << place
                for bit in range(n_bits, rows.shape[0]):
                    rows[bit, word] |= (np.uint64(ones[item] >> (bit - n_bits)) & one) << place
