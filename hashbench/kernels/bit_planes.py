"""Codes laid out for a scan bit by bit, a tile of items at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.data.codes import Codes
from hashbench.kernels.aligned import empty_aligned
from hashbench.kernels.bit_sliced_llvm import STEP, digits_for

MAX_STEPS, TILE_BYTES = 16, 1 << 17
"""Largest tile, in steps and in bytes: rows long enough to be read ahead, as many as stay in the L2 cache."""


@dataclass(frozen=True, eq=False)
class BitPlanes:
    """Row j of a tile holds bit j of its codes, one bit per item; the rows below hold the codes' Hamming weights.

    A code's weight is its number of ones. `tiles` is uint64[n_tiles, n_bits + n_weight_rows, words]: row n_bits + s is
    binary digit s of the weights, the lowest first. Item i is bit i % 64 of word i // 64 % words of tile
    i // 64 // words. Bits beyond the last item are zero.
    """

    tiles: NDArray[np.uint64]
    n_items: int
    n_bits: int
    n_digits: int
    """Binary digits of the kernel's totals, one of `bit_sliced_llvm.DIGITS`."""

    @classmethod
    def of(cls, codes: Codes, steps: Sequence[int] = ()) -> BitPlanes:
        """Lay out codes.

        Args:
            codes: the items' codes.
            steps: widths of a tile to choose from, in steps of the kernel. The one that leaves the fewest bits empty is
                taken.

        Raises:
            ValueError: The codes are too long for the kernel.
        """
        max_steps = max(1, min(MAX_STEPS, TILE_BYTES // (8 * STEP * codes.n_bits)))
        steps, total = steps or range((max_steps + 1) // 2, max_steps + 1), -(-len(codes) // (64 * STEP))
        width = min(steps, key=lambda w: (-total % w, -w)) if total > max(steps) else max(total, 1)
        weights = np.bitwise_count(codes.packed).sum(axis=1, dtype=np.uint16)
        n_weight_rows = max(1, int(weights.max(initial=0)).bit_length())
        n_digits = digits_for(codes.n_bits, n_weight_rows)
        tiles = empty_aligned((-(-total // width), codes.n_bits + n_weight_rows, width * STEP), np.uint64)
        _transpose(codes.packed, weights, codes.n_bits, tiles)
        return cls(tiles, len(codes), codes.n_bits, n_digits)

    def __len__(self) -> int:
        return self.n_items

    @property
    def n_weight_rows(self) -> int:
        """Rows of a tile that hold the weights."""
        return int(self.tiles.shape[1]) - self.n_bits

    @property
    def nbytes(self) -> int:
        """Memory of the codes and their weights."""
        return self.tiles.nbytes


class Planes(NamedTuple):
    """The fields of `BitPlanes` for kernels, because numba takes no dataclass."""

    tiles: NDArray[np.uint64]
    n_items: int
    n_bits: int
    n_digits: int


@njit(nogil=True, cache=True)
def _transpose(packed: NDArray[np.uint8], weights: NDArray[np.uint16], n_bits: int, tiles: NDArray[np.uint64]) -> None:
    words = tiles.shape[2]
    lowest_bit = np.uint64(1)
    for tile in range(tiles.shape[0]):
        rows = tiles[tile]
        rows[:] = 0
        for word in range(words):
            start = (tile * words + word) * 64
            for item in range(start, min(start + 64, packed.shape[0])):
                position = np.uint64(item - start)
                for bit in range(n_bits):
                    rows[bit, word] |= (np.uint64(packed[item, bit >> 3] >> (bit & 7)) & lowest_bit) << position
                for bit in range(n_bits, rows.shape[0]):
                    rows[bit, word] |= (np.uint64(weights[item] >> (bit - n_bits)) & lowest_bit) << position
