"""The look-up kernel against its definition: every score summed bit by bit, sorted by score and then by item."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.data.codes import Codes
from hashbench.kernels.asymmetric_scan import asymmetric_top_k
from hashbench.kernels.byte_planes import BytePlanes
from hashbench.kernels.compare_llvm import WIDTH

from .definitions import definition_of
from .hamming_cases import bits_of
from .other_processor import passes_without_avx_512

scores_of, largest = (definition_of("asymmetric_scan", name) for name in ("scores_of", "largest"))


def by_definition(items, bit_values, queries, k, excluded):
    expected, best = np.full((len(queries), k), -1, np.int32), np.full((len(queries), k), -np.inf, np.float32)
    for q, query in enumerate(queries):
        scores = scores_of(bits_of(items), bit_values, query)
        ranking = largest(scores, k, excluded[q])
        expected[q, : len(ranking)], best[q, : len(ranking)] = ranking, scores[ranking]
    return expected, best


def top_k(items, bit_values, queries, k, excluded, block):
    planes = BytePlanes.of(items, block)
    indices, best = np.full((len(queries), k), 77, np.int32), np.full((len(queries), k), 77, np.float32)
    start = np.concatenate([[0], np.cumsum([len(row) for row in excluded])]).astype(np.int64)
    flat = np.concatenate([np.zeros(0, np.int32), *excluded]).astype(np.int32)
    asymmetric_top_k(planes.blocks, planes.tail, bit_values, queries, start, flat, indices, best)
    return indices, best


def same(results, expected):
    return all(np.array_equal(result, right) for result, right in zip(results, expected, strict=True))


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_items=st.integers(0, 500),
    n_queries=st.integers(0, 4),
    n_bits=st.integers(1, 100),
    k=st.integers(1, 600),
    block=st.sampled_from([1, 7, WIDTH, 200, 4096]),
    share=st.sampled_from([0, 0.02, 0.5, 1]),
    repeats=st.sampled_from([1, 20]),
    whole=st.booleans(),
    odd=st.sampled_from([None, np.nan, np.inf, -np.inf, 3e38]),
)
def test_the_k_largest_are_those_of_the_definition(
    seed, n_items, n_queries, n_bits, k, block, share, repeats, whole, odd
):
    rng = np.random.default_rng(seed)
    items = Codes.from_signs(rng.standard_normal((n_items, n_bits))).take(np.arange(n_items) // repeats)
    queries, bit_values = (rng.standard_normal((n, n_bits)).astype(np.float32) for n in (n_queries, 2))
    if whole:  # many ties between different codes
        queries, bit_values = np.rint(queries), np.rint(2 * bit_values)
    if odd is not None and n_queries:
        queries[0, rng.integers(n_bits)] = odd
    excluded = [np.flatnonzero(rng.random(n_items) < share) for _ in range(n_queries)]
    with np.errstate(invalid="ignore", over="ignore"):
        expected = by_definition(items, bit_values, queries, k, excluded)
    assert same(top_k(items, bit_values, queries, k, excluded, block), expected)


@pytest.mark.parametrize("n_bits", [8, 32, 40, 64, 129])
def test_a_large_catalogue_in_an_adversarial_order(n_bits):
    """From low to high, every item is kept for a while; from high to low, none after the first k."""
    rng = np.random.default_rng(n_bits)
    items = Codes.from_signs(rng.standard_normal((9000, n_bits)))
    query, bit_values = (rng.standard_normal((n, n_bits)).astype(np.float32) for n in (1, 2))
    order = np.argsort(scores_of(bits_of(items), bit_values, query[0]), kind="stable")
    for rows in (order, order[::-1]):
        ordered = items.take(rows)
        expected = by_definition(ordered, bit_values, query, 50, [[]])
        assert same(top_k(ordered, bit_values, query, 50, [[]], 4096), expected)


def test_a_query_with_nan_finds_nothing():
    items = Codes.from_signs(np.ones((300, 12)))
    indices, best = top_k(items, np.ones((2, 12), np.float32), np.full((1, 12), np.nan, np.float32), 3, [[]], 128)
    assert indices.tolist() == [[-1, -1, -1]]
    assert np.isneginf(best).all()


def test_processors_without_avx_512_find_the_same():
    passes_without_avx_512("definition or adversarial", __file__)
