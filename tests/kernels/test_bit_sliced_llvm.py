import numpy as np
import pytest
from numba import njit

from hashbench.kernels.bit_sliced_llvm import DIGITS, STEP, count_zeros, digits_for, keep_digit
from hashbench.kernels.memory import address


def test_there_is_code_for_every_total_and_an_error_beyond():
    for n_bits in (1, 127, 128, 511, 512, 4096):
        n_weight_rows = n_bits.bit_length()
        # Over the zeros, a query of ones but half of n_bits is farthest: 2^n_weight_rows - 1 - w(q) + n_bits.
        assert digits_for(n_bits, n_weight_rows) in DIGITS
        assert (1 << n_weight_rows) - 1 + n_bits < 1 << digits_for(n_bits, n_weight_rows)
    with pytest.raises(ValueError, match="too long to be searched"):
        digits_for(40_000, 16)


@njit
def zeros_of(items, digits):
    return count_zeros(address(items), address(digits), digits.shape[0], digits.shape[1]), items[0], digits[0, 0]


@njit
def keep(items, zeros, digits, ones):
    keep_digit(address(items), address(zeros), address(digits), digits.shape[0], digits.shape[1], ones)
    return items[0], zeros[0], digits[0, 0]  # arrays whose addresses are taken must live until here


@pytest.mark.parametrize("ones", [False, True])
def test_one_digit_divides_the_items(ones):
    rng = np.random.default_rng(0)
    items, moved, digit = (rng.integers(0, 2**63, 2 * STEP).astype(np.uint64) for _ in range(3))
    rows = digit.reshape(2, STEP)
    assert zeros_of(items, rows)[0] == np.bitwise_count(items & ~digit).sum()
    kept, zeros = items.copy(), moved.copy()
    keep(kept, zeros, rows, ones)
    assert np.array_equal(kept, items & (digit if ones else ~digit))
    assert np.array_equal(zeros, moved | (items & ~digit) if ones else moved)
