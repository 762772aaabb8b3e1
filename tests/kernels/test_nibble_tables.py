import numpy as np
import pytest

from hashbench.kernels.nibble_tables import add_up, fill_tables


@pytest.mark.parametrize("n_bits", [3, 8, 21, 40])
def test_looked_up_sums_are_inner_products(n_bits):
    rng = np.random.default_rng(n_bits)
    query, bit_values = rng.integers(-9, 9, n_bits), rng.integers(-9, 9, (2, n_bits))
    bits = rng.random((150, n_bits)) < 0.5
    rows = np.ascontiguousarray(np.packbits(bits, axis=1, bitorder="little").T)
    tables, sums = np.empty((len(rows), 2, 16), np.float32), np.empty(150, np.float32)
    fill_tables(query.astype(np.float32), bit_values.astype(np.float32), tables)
    add_up(rows, tables, sums)
    assert np.array_equal(sums, np.where(bits, bit_values[1], bit_values[0]) @ query)
