"""Arrays that begin at a cache line, so that no row or vector of 64 bytes crosses two lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LINE = 64
"""Bytes of a cache line."""


def empty_aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return an uninitialised array."""
    n_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
    buffer = np.empty(n_bytes + LINE, np.uint8)
    start = -buffer.ctypes.data % LINE
    return buffer[start : start + n_bytes].view(dtype).reshape(shape)


def aligned(array: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """Return the values in C order and aligned: the array itself if it is so already, else a copy."""
    contiguous = np.ascontiguousarray(array, dtype)
    if contiguous.ctypes.data % LINE == 0:
        return contiguous
    copy = empty_aligned(contiguous.shape, dtype)
    copy[:] = contiguous
    return copy
