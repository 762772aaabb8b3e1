import numpy as np
import pytest
from numba import njit

from hashbench.kernels import popcount

NAMES = ("popcount", "ctz", "hamming", "wrapping_add")
intrinsics = {name: getattr(popcount, name) for name in NAMES}
count, trailing, differing, add = intrinsics.values()


@njit
def compiled(first, second):
    return count(first), trailing(first), differing(first, second), add(first, second)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.uint64])
def test_intrinsics_are_their_plain_definitions(dtype):
    largest = np.iinfo(dtype).max
    for first, second in ((0, 0), (largest, 1), (6, 3), (largest // 2 + 1, largest), (40, 200)):
        first, second = dtype(first), dtype(second)
        expected = [getattr(popcount, f"_{name}") for name in NAMES]
        values = expected[0](first), expected[1](first), expected[2](first, second), expected[3](first, second)
        assert compiled(first, second) == values
    assert values[0] == int(first).bit_count()
    assert compiled(dtype(0), dtype(0))[1] == 8 * dtype().itemsize
    assert compiled(dtype(largest), dtype(2))[2:] == (8 * dtype().itemsize - 1, 1)
