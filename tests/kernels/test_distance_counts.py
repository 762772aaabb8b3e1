import numpy as np
import pytest

from hashbench.data.codes import Codes
from hashbench.kernels.distance_counts import distance_counts


@pytest.mark.parametrize("n_bits", [8, 200, 255, 256, 300, 600])
def test_distances_of_more_items_than_a_block_and_of_long_codes(n_bits):
    rng = np.random.default_rng(0)
    users, items = (rng.standard_normal((n, n_bits)) for n in (3, 5000))
    items[:2] = -users[:2]
    counts = distance_counts(Codes.from_signs(users), Codes.from_signs(items))
    distances = ((users >= 0)[:, None] != (items >= 0)[None]).sum(2)
    assert counts.tolist() == [np.bincount(row, minlength=n_bits + 1).tolist() for row in distances]
    assert counts[0, n_bits] >= 1
