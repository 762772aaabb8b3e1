import numpy as np
import pytest
from numba import njit

from hashbench.kernels.row_sums_llvm import sum_16, sum_64


@njit
def sums(x, indices, row_map, start, stop, out):
    sum_64(x, indices, row_map, (start, stop, len(indices)), 0, out, 1)
    sum_16(x, indices, row_map, (start, stop, len(indices)), 64, out, 1)


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("half", [False, True])
def test_rows_are_summed_in_both_widths(mapped, half):
    rng = np.random.default_rng(0)
    values = rng.integers(-8, 8, (30, 80)).astype(np.float32)  # exact in bfloat16
    x = (values.view(np.uint32) >> 16).astype(np.uint16) if half else values
    indices = rng.integers(0, 40 if mapped else 30, 25).astype(np.int32)
    row_map = rng.integers(-1, 30, 40).astype(np.int32) if mapped else np.zeros(0, np.int32)
    out = np.full((3, 80), 7, np.float32)
    sums(x, indices, row_map, 4, 20, out)
    rows = row_map[indices[4:20]] if mapped else indices[4:20]
    assert np.array_equal(out[1], values[rows[rows >= 0]].sum(0))
    assert (out[[0, 2]] == 7).all()
