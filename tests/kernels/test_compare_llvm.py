"""Comparing many floats at once, against NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import TypingError, njit

from hashbench.kernels.compare_llvm import WIDTH, exceeding
from hashbench.kernels.top_k import filter_above

VALUES = st.sampled_from([-np.inf, np.nan, -2.5, -1e-40, -0.0, 0.0, 1e-40, 1.0, 3.25, 3e38, np.inf])


@njit
def bits(row, start, limit):
    return exceeding(row, start, limit)


@given(values=st.lists(VALUES, min_size=WIDTH + 3, max_size=WIDTH + 3), start=st.integers(0, 3), limit=VALUES)
def test_each_bit_is_one_comparison(values, start, limit):
    row, limit = np.array(values, np.float32), np.float32(limit)
    expected = sum(1 << j for j in range(WIDTH) if row[start + j] > limit)
    assert bits(row, start, limit) == expected


@pytest.mark.parametrize("width", [0, 1, WIDTH - 1, WIDTH, WIDTH + 1, 5 * WIDTH + 7])
@given(seed=st.integers(0, 2**32 - 1), limit=VALUES, capacity=st.integers(0, 6 * WIDTH))
def test_what_is_above_a_limit_is_kept_in_its_order_while_there_is_room(width, seed, limit, capacity):
    rng = np.random.default_rng(seed)
    row = rng.choice(np.array([-np.inf, np.nan, -1, 0.0, 1, 2, 3e38], np.float32), width)
    names = np.where(rng.random(width) < 0.1, -1, rng.permutation(width)).astype(np.int32)
    expected = (row > np.float32(limit)) & (names >= 0)
    kept, kept_names = np.full(capacity + WIDTH, 7, np.float32), np.full(capacity + WIDTH, 7, np.int32)
    n = filter_above(row, names, np.float32(limit), kept[:capacity], kept_names[:capacity])
    assert (kept[capacity:] == 7).all()
    assert (kept_names[capacity:] == 7).all()
    if capacity >= expected.sum() + WIDTH:  # else it may give up, as one more comparison might not fit
        assert n == expected.sum()
    if capacity < expected.sum():
        assert n == capacity + 1
    if n <= capacity:
        np.testing.assert_array_equal(kept[:n], row[expected])
        np.testing.assert_array_equal(kept_names[:n], names[expected])


def test_a_row_in_pieces_is_refused():
    kept, names = np.empty(99, np.float32), np.empty(99, np.int32)
    with pytest.raises(ValueError, match="contiguous"):
        filter_above(np.zeros(20, np.float32)[::2], np.arange(10, dtype=np.int32), np.float32(0), kept, names)


def test_scores_of_another_type_are_refused():
    kept, names = np.empty(99), np.empty(99, np.int32)
    with pytest.raises(TypingError):
        filter_above(np.zeros(20), np.arange(20, dtype=np.int32), np.float32(0), kept, names)
