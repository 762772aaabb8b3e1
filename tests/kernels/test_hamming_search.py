import numpy as np
import pytest

from hashbench.kernels.bit_planes import BitPlanes
from hashbench.kernels.hamming_search import search_planes

from .hamming_cases import by_definition, some_codes


@pytest.mark.parametrize("n_sampled", [1, 2, 5])
def test_the_size_of_the_sample_changes_nothing(n_sampled):
    rng = np.random.default_rng(0)
    items, queries, k = some_codes(rng, 2500, 20, 40), some_codes(rng, 3, 20, 40), 30
    planes = BitPlanes.of(items, [1])
    assert len(planes.tiles) >= 5
    sizes = planes.n_items, planes.n_bits, planes.n_digits
    indices, scores = np.full((3, k), 77, np.int32), np.full((3, k), 77, np.float32)
    nothing = np.zeros(4, np.int64), np.zeros(0, np.int32)
    search_planes(planes.tiles, sizes, queries.packed, *nothing, n_sampled, indices, scores)
    expected = by_definition(items, queries, k, [[]] * 3)
    assert np.array_equal(indices, expected[0])
    assert np.array_equal(-scores, expected[1])
