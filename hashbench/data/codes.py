"""Packed binary codes, eight bits per byte."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Codes:
    """One code per row: `packed` is uint8[n, ceil(n_bits / 8)], read-only, with unused bits zero.

    Bit `j` of a code is bit `j % 8` of byte `j // 8`, counted from the lowest; 1 means +1 and 0 means -1
    (HashGNN, eq. 3).
    """

    packed: NDArray[np.uint8]
    n_bits: int

    def __post_init__(self) -> None:
        packed = np.ascontiguousarray(self.packed)
        if packed.dtype != np.uint8:
            raise ValueError(f"codes must be uint8, got {packed.dtype}; Codes.from_signs packs real values")
        if packed.ndim != 2 or packed.shape[1] != -(-self.n_bits // 8):
            raise ValueError(f"codes of {self.n_bits} bits need {-(-self.n_bits // 8)} bytes per row")
        n_unused = packed.shape[1] * 8 - self.n_bits
        if n_unused and np.any(packed[:, -1] >> (8 - n_unused)):
            raise ValueError("the unused bits of a code must be zero")
        packed = packed.view()
        packed.flags.writeable = False
        object.__setattr__(self, "packed", packed)

    @classmethod
    def from_signs(cls, values: ArrayLike) -> Codes:
        """Binarise real values float[n, n_bits]: a value ≥ 0 becomes +1, otherwise -1 (HashGNN, eq. 3)."""
        signs = np.asarray(values) >= 0
        return cls(np.packbits(signs, axis=1, bitorder="little"), signs.shape[1])

    def __len__(self) -> int:
        return int(self.packed.shape[0])

    def signs(self) -> NDArray[np.float32]:
        """Return the codes as ±1: float32[n, n_bits]."""
        bits = np.unpackbits(self.packed, axis=1, count=self.n_bits, bitorder="little")
        return bits.astype(np.float32) * 2 - 1

    def take(self, rows: ArrayLike | slice) -> Codes:
        """Return the codes of these rows, in this order."""
        return Codes(self.packed[rows if isinstance(rows, slice) else np.asarray(rows)], self.n_bits)
