"""Byte planes, and the distances that are read off them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hashbench.data.codes import Codes
from hashbench.kernels.byte_planes import BytePlanes
from hashbench.kernels.byte_scan import scan


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 300), n_bits=st.sampled_from([1, 8, 33, 64, 100, 256]))
def test_distances_are_the_bits_that_differ(seed, n, n_bits):
    rng = np.random.default_rng(seed)
    items, query = (Codes.from_signs(rng.standard_normal((size, n_bits))) for size in (n, 1))
    planes = BytePlanes.of(items, 100)
    distances = np.zeros(n, np.uint16)
    for block, rows in enumerate(planes.blocks):
        scan(rows, query.packed[0], distances[100 * block : 100 * (block + 1)])
    scan(planes.tail, query.packed[0], distances[100 * len(planes.blocks) :])
    assert np.array_equal(distances, (items.signs() != query.signs()).sum(1))


def test_the_complement_is_the_farthest():
    ones = Codes.from_signs(np.ones((1, 256)))
    distances = np.zeros(1, np.uint16)
    scan(np.ascontiguousarray((~ones.packed).T), ones.packed[0], distances)
    assert distances.tolist() == [256]
