"""The Hamming kernel against a slow twin: every distance, sorted by distance and then by item."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.data.codes import Codes
from hashbench.kernels import hamming_scan
from hashbench.kernels.bit_planes import BitPlanes
from hashbench.kernels.bit_sliced_llvm import LEVELS, levels_for
from hashbench.kernels.hamming_scan import count_at, hamming_knn

from .other_processor import passes_without_avx_512


def apart(items, queries):
    """All distances int[n_queries, n_items], from the signs."""
    inner = queries.signs() @ items.signs().T
    return ((items.n_bits - inner) / 2).astype(int)


def slow(items, queries, k, excluded):
    found = np.full((2, len(queries), k), -1, np.int32)
    for q, row in enumerate(apart(items, queries)):
        order = np.lexsort((np.arange(row.size), row))
        left = order[~np.isin(order, excluded[q])][:k]
        found[0, q, : len(left)], found[1, q, : len(left)] = left, row[left]
    return found


def found_by(items, queries, k, excluded, steps):
    planes = BitPlanes.of(items, steps)
    items, scores = np.full((len(queries), k), 77, np.int32), np.full((len(queries), k), 77, np.float32)
    start = np.concatenate([[0], np.cumsum([len(row) for row in excluded])]).astype(np.int64)
    flat = np.concatenate([np.zeros(0, np.int32), *excluded]).astype(np.int32)
    hamming_knn(planes, queries, start, flat, items, scores)
    assert np.array_equal(np.isneginf(scores), items < 0)
    unranked = np.full((len(queries), k), 77, np.int32)
    hamming_knn(planes, queries, start, flat, unranked)
    assert np.array_equal(np.sort(unranked, axis=1), np.sort(items, axis=1))
    return np.stack([items, np.where(items < 0, -1, -scores)])


def some_codes(rng, n, n_bits, centres, density=0.5):
    """Few centres give many ties and repeated codes; `density` is the share of ones."""
    base = rng.random((centres, n_bits)) < density
    return Codes.from_signs((base[rng.integers(0, centres, n)] ^ (rng.random((n, n_bits)) < 0.1)) - 0.5)


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
def test_the_k_nearest_are_those_of_the_slow_twin(
    seed, n_items, n_queries, n_bits, k, steps, share, centres, densities
):
    rng = np.random.default_rng(seed)
    items = some_codes(rng, n_items, n_bits, centres, densities[0])
    queries = some_codes(rng, n_queries, n_bits, centres, densities[1])
    excluded = [np.flatnonzero(rng.random(n_items) < share) for _ in range(n_queries)]
    assert np.array_equal(found_by(items, queries, k, excluded, steps), slow(items, queries, k, excluded))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("n_bits", [8, 32, 64, 72, 128, 256, 1024])
def test_a_large_catalogue_in_an_adversarial_order(n_bits):
    """From far to near, every item comes below the limit; from near to far, none after the first k."""
    rng = np.random.default_rng(n_bits)
    items = some_codes(rng, 9000, n_bits, 9000)
    query = some_codes(rng, 1, n_bits, 1)
    order = np.argsort(apart(items, query)[0], kind="stable")
    for rows in (order, order[::-1]):
        sorted_items = items.take(rows)
        expected = slow(sorted_items, query, 50, [[]])
        assert np.array_equal(found_by(sorted_items, query, 50, [[]], ()), expected)


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
    everywhere, there = count_at(BitPlanes.of(items, [1, 2]), queries, distances, start, flat)
    at = apart(items, queries) == distances[:, None]
    assert everywhere.tolist() == at.sum(1).tolist()
    assert there.tolist() == [row[rows].sum() for row, rows in zip(at, listed, strict=True)]


def signs(*rows):
    return Codes.from_signs(np.repeat(np.array(rows)[:, None], 1024, axis=1))


def test_codes_of_ones_alone_and_of_none():
    items, queries = signs(1, -1, 1), signs(1, -1)
    found, distances = found_by(items, queries, 3, [[], []], ())
    assert found.tolist() == [[0, 2, 1], [1, 0, 2]]
    assert distances.tolist() == [[0, 0, 1024], [0, 1024, 1024]]


def test_there_are_levels_for_every_total_and_an_error_beyond():
    for n_bits in (1, 127, 128, 511, 512, 4096):
        n_sums = n_bits.bit_length()
        # Over the zeros, a query of ones but half of n_bits is farthest: 2^n_sums - 1 - o(q) + n_bits.
        assert levels_for(n_bits, n_sums) in LEVELS
        assert (1 << n_sums) - 1 + n_bits < 1 << levels_for(n_bits, n_sums)
    with pytest.raises(ValueError, match="too long to be searched"):
        levels_for(40_000, 16)


def test_planes_take_a_bit_for_each_bit_and_for_the_number_of_ones():
    planes = BitPlanes.of(Codes.from_signs(np.ones((100_000, 64))))
    assert len(planes) == 100_000
    assert planes.n_sums == 7
    assert planes.nbytes == pytest.approx(100_000 * (64 + 7) / 8, rel=0.02)
    assert planes.tiles.ctypes.data % 64 == 0


def test_processors_without_avx_512_find_the_same():
    passes_without_avx_512(__file__, "slow_twin or adversarial or counted")


def test_lengths_must_agree():
    items, queries = (some_codes(np.random.default_rng(0), n, 16, 5) for n in (50, 3))
    planes, nothing = BitPlanes.of(items), np.zeros(0, np.int32)
    found, scores = np.empty((3, 2), np.int32), np.empty((3, 2), np.float32)
    starts, distances = np.zeros(4, np.int64), np.zeros(3, np.int64)
    for short in (
        lambda: hamming_knn(planes, queries, starts[:-1], nothing, found, scores),
        lambda: hamming_knn(planes, queries, starts, nothing, found[:2], scores),
        lambda: count_at(planes, queries, distances[:2], starts, nothing),
        lambda: count_at(planes, queries, distances, starts[:-1], nothing),
    ):
        with pytest.raises(ValueError, match="3 queries need as many rows in each array"):
            short()
    with pytest.raises(ValueError, match="queries of 8 bits do not fit items of 16"):
        count_at(planes, some_codes(np.random.default_rng(0), 3, 8, 5), distances, starts, nothing)


def test_codes_too_long_are_refused_before_they_are_laid_out():
    with pytest.raises(ValueError, match="32767 are the most"):
        BitPlanes.of(Codes(np.full((1, 5000), 255, np.uint8), 40_000))
