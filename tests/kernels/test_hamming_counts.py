import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hashbench.kernels.bit_planes import BitPlanes
from hashbench.kernels.hamming_scan import count_at

from .hamming_cases import distances_of, some_codes


@given(
    seed=st.integers(0, 2**32 - 1),
    n_items=st.integers(0, 1800),
    n_bits=st.sampled_from([1, 8, 32, 65, 300]),
    share=st.sampled_from([0, 0.1, 1]),
)
def test_codes_at_a_distance_are_counted(seed, n_items, n_bits, share):
    rng = np.random.default_rng(seed)
    items, queries = some_codes(rng, n_items, n_bits, 5), some_codes(rng, 4, n_bits, 5)
    distances = np.array([-1, 0, n_bits // 2, n_bits])
    listed = [np.flatnonzero(rng.random(n_items) < share) for _ in range(4)]
    start = np.cumsum([0, *map(len, listed)])
    flat = np.concatenate(listed).astype(np.int32)
    n_total, n_listed = count_at(BitPlanes.of(items, [1, 2]), queries, distances, start, flat)
    at_distance = distances_of(items, queries) == distances[:, None]
    assert n_total.tolist() == at_distance.sum(1).tolist()
    assert n_listed.tolist() == [row[rows].sum() for row, rows in zip(at_distance, listed, strict=True)]
