import numpy as np
import pytest

from hashbench.kernels.query_rows import choose_rows

from .hamming_cases import bits_of, some_codes


@pytest.mark.parametrize("density", [0, 0.2, 0.5, 0.8, 1])
def test_rows_are_those_of_the_rarer_value(density):
    n_bits, n_weight_rows, words = 21, 5, 16
    queries = some_codes(np.random.default_rng(0), 9, n_bits, 9, density)
    chosen = choose_rows(queries.packed, n_bits, n_weight_rows, words)
    for q, bits in enumerate(bits_of(queries)):
        over_ones = 2 * bits.sum() <= n_bits
        rows = chosen.rows[q, : chosen.n_rows[q]]
        assert chosen.over_ones[q] == over_ones
        assert rows.tolist() == (np.flatnonzero(bits == over_ones) * words).tolist()
        assert chosen.excess[q] == (bits.sum() if over_ones else 2**n_weight_rows - 1 - bits.sum())
