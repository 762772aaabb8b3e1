"""The Hamming kernel against its definition: every distance, sorted by distance and then by item."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.data.codes import Codes
from hashbench.kernels import hamming_scan
from hashbench.kernels.bit_planes import BitPlanes
from hashbench.kernels.hamming_scan import count_at, hamming_knn

from .hamming_cases import by_definition, distances_of, search, some_codes
from .other_processor import passes_without_avx_512


@pytest.fixture(params=[hamming_scan.SMALL, 0], ids=["all sampled", "falling limit"], scope="module")
def small(request):
    """Catalogues of the size of a test are searched as larger ones are, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hamming_scan, "SMALL", request.param)
        yield


@pytest.mark.usefixtures("small")
@settings(max_examples=400)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_items=st.integers(0, 1800),
    n_queries=st.integers(0, 5),
    n_bits=st.one_of(st.integers(1, 140), st.sampled_from([176, 192, 200, 253, 256, 511, 768, 1000, 1024])),
    k=st.one_of(st.integers(1, 10), st.integers(1, 800)),
    steps=st.sampled_from([[1], [2], [1, 2, 3], ()]),
    share=st.sampled_from([0, 0.02, 0.5, 1]),
    centres=st.sampled_from([1, 3, 1000]),
    densities=st.tuples(*[st.sampled_from([0, 0.1, 0.5, 0.9, 1])] * 2),
)
def test_the_k_nearest_are_those_of_the_definition(
    seed, n_items, n_queries, n_bits, k, steps, share, centres, densities
):
    rng = np.random.default_rng(seed)
    items = some_codes(rng, n_items, n_bits, centres, densities[0])
    queries = some_codes(rng, n_queries, n_bits, centres, densities[1])
    excluded = [np.flatnonzero(rng.random(n_items) < share) for _ in range(n_queries)]
    assert np.array_equal(search(items, queries, k, excluded, steps), by_definition(items, queries, k, excluded))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("n_bits", [8, 32, 64, 72, 128, 256, 1024])
def test_a_large_catalogue_in_an_adversarial_order(n_bits):
    """From far to near, every item comes below the limit; from near to far, none after the first k."""
    rng = np.random.default_rng(n_bits)
    items = some_codes(rng, 9000, n_bits, 9000)
    query = some_codes(rng, 1, n_bits, 1)
    order = np.argsort(distances_of(items, query)[0], kind="stable")
    for rows in (order, order[::-1]):
        sorted_items = items.take(rows)
        expected = by_definition(sorted_items, query, 50, [[]])
        assert np.array_equal(search(sorted_items, query, 50, [[]], ()), expected)


def signs(*rows):
    return Codes.from_signs(np.repeat(np.array(rows)[:, None], 1024, axis=1))


def test_codes_of_ones_alone_and_of_none():
    items, queries = signs(1, -1, 1), signs(1, -1)
    indices, distances = search(items, queries, 3, [[], []], ())
    assert indices.tolist() == [[0, 2, 1], [1, 0, 2]]
    assert distances.tolist() == [[0, 0, 1024], [0, 1024, 1024]]


def test_processors_without_avx_512_find_the_same():
    passes_without_avx_512("definition or adversarial or counted", __file__, "test_hamming_counts.py")


def test_lengths_must_agree():
    items, queries = (some_codes(np.random.default_rng(0), n, 16, 5) for n in (50, 3))
    planes, nothing = BitPlanes.of(items), np.zeros(0, np.int32)
    indices, scores = np.empty((3, 2), np.int32), np.empty((3, 2), np.float32)
    starts, distances = np.zeros(4, np.int64), np.zeros(3, np.int64)
    for short in (
        lambda: hamming_knn(planes, queries, starts[:-1], nothing, indices, scores),
        lambda: hamming_knn(planes, queries, starts, nothing, indices[:2], scores),
        lambda: count_at(planes, queries, distances[:2], starts, nothing),
        lambda: count_at(planes, queries, distances, starts[:-1], nothing),
    ):
        with pytest.raises(ValueError, match="3 queries need as many rows in each array"):
            short()
    with pytest.raises(ValueError, match="queries of 8 bits do not fit items of 16"):
        count_at(planes, some_codes(np.random.default_rng(0), 3, 8, 5), distances, starts, nothing)
