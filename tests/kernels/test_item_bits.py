import numpy as np
import pytest
from numba import njit

from hashbench.kernels.item_bits import SPARE, existing_items, keep_first, list_items, mask_excluded, total_of


@njit
def compiled(start, n_items, excluded, items):
    return existing_items(start, n_items), mask_excluded(excluded, 0, excluded.size, start, items)


@pytest.mark.parametrize(("start", "n_items", "n"), [(0, 0, 0), (0, 1, 1), (64, 130, 64), (128, 130, 2), (192, 130, 0)])
def test_a_word_has_its_items_and_excluded_ones_are_cleared(start, n_items, n):
    items, excluded = np.full(2, ~np.uint64(0)), np.array([3, 65, 70, 130, 200, 400], np.int32)
    existing, position = compiled(start, n_items, excluded, items)
    assert existing == (1 << n) - 1
    numbers = start + np.flatnonzero(np.unpackbits(items.view(np.uint8), bitorder="little"))
    assert numbers.tolist() == np.setdiff1d(np.arange(start, start + 128), excluded).tolist()
    assert position == (excluded < start + 128).sum()


@pytest.mark.parametrize("n", [0, 1, 40, 64, 150, 1000])
def test_the_first_items_are_kept_and_listed(n):
    flags = np.random.default_rng(n).random(320) < 0.4
    words = np.packbits(flags, bitorder="little").view(np.uint64)
    keep_first(words, n)
    numbers = np.empty(min(n, flags.sum()) + SPARE, np.int32)
    assert list_items(words, numbers) == min(n, flags.sum())
    assert numbers[:-SPARE].tolist() == np.flatnonzero(flags)[:n].tolist()


@njit
def total(totals, step, word, bit):
    return total_of(totals, step, word, bit)


@pytest.mark.parametrize("n_digits", [8, 10, 16])
def test_a_total_is_put_together_from_its_digits(n_digits):
    totals = np.random.default_rng(0).integers(0, 2**63, (2, n_digits, 4)).astype(np.uint64)
    for step, word, bit in ((0, 0, 0), (1, 3, 62), (1, 0, 17)):
        digits = totals[step, :, word] >> np.uint64(bit) & np.uint64(1)
        assert total(totals, step, word, bit) == (digits << np.arange(n_digits, dtype=np.uint64)).sum()
