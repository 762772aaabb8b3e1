import numpy as np
import pytest

from hashbench.kernels.bit_sliced_llvm import STEP
from hashbench.kernels.hamming_limits import kth_total


def words_of(flags):
    return np.packbits(flags, bitorder="little").view(np.uint64)


@pytest.mark.parametrize(("share", "k"), [(1, 1), (1, 100), (0.3, 40), (0.3, 3), (0.01, 1)])
def test_the_kth_smallest_total_and_who_has_it(share, k):
    rng = np.random.default_rng(k)
    n_steps, n_digits, n_used_digits = 3, 8, 6
    values, is_candidate = (rng.integers(0, 60, n_steps * STEP * 64) for _ in range(2))
    is_candidate = rng.random(values.size) < share
    digits = (values[:, None] >> np.arange(n_digits) & 1).astype(np.bool_)
    totals = np.stack([words_of(digits[:, d]).reshape(n_steps, STEP) for d in range(n_digits)], axis=1)
    nearer, equal = np.empty(n_steps * STEP, np.uint64), words_of(is_candidate)
    kth, n_equal = kth_total(np.ascontiguousarray(totals), n_used_digits, k, nearer, equal)
    expected = np.sort(values[is_candidate])[k - 1]
    assert kth == expected
    assert n_equal == k - (values[is_candidate] < expected).sum()
    assert np.array_equal(nearer, words_of(is_candidate & (values < expected)))
    assert np.array_equal(equal, words_of(is_candidate & (values == expected)))


def test_fewer_items_than_k_are_all_near():
    nearer, equal = np.empty(STEP, np.uint64), np.zeros(STEP, np.uint64)
    equal[0] = 0b1011
    kth, n_equal = kth_total(np.zeros((1, 8, STEP), np.uint64), 8, 4, nearer, equal)
    assert (kth, n_equal) == (-1, 0)
    assert nearer[0] == 0b1011
    assert not nearer[1:].any()
