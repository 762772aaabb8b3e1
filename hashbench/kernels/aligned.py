"""Arrays that begin where a cache line does, so that no row or vector of 64 bytes lies in two lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LINE = 64
"""Bytes of a cache line."""


def empty_aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return an array that is not filled."""
    n_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
    room = np.empty(n_bytes + LINE, np.uint8)
    start = -room.ctypes.data % LINE
    return room[start : start + n_bytes].view(dtype).reshape(shape)


def aligned(array: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """Return the values in C order, in the same array if it is such a one already."""
    found = np.ascontiguousarray(array, dtype)
    if found.ctypes.data % LINE == 0:
        return found
    copy = empty_aligned(found.shape, dtype)
    copy[:] = found
    return copy
