"""The Hamming kernel against a slow twin: every distance, sorted by distance and then by item."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.codes.nearest import STRIPE, WIDEST, nearest_codes, scan
from hashbench.codes.packed import Codes
from hashbench.codes.planes import BytePlanes


def apart(items, queries):
    """All distances int[n_queries, n_items], from the signs."""
    inner = queries.signs() @ items.signs().T
    return ((items.n_bits - inner) / 2).astype(int)


def slow(items, queries, k, excluded):
    found = np.full((2, len(queries), k), -1, np.int32)
    for q, row in enumerate(apart(items, queries)):
        left = [item for item in np.lexsort((np.arange(row.size), row)) if item not in set(excluded[q])][:k]
        found[0, q, : len(left)], found[1, q, : len(left)] = left, row[left]
    return found


def nearest(items, queries, k, excluded, block):
    planes = BytePlanes.of(items, block)
    found = np.full((2, len(queries), k), 77, np.int32)
    start = np.concatenate([[0], np.cumsum([len(row) for row in excluded])]).astype(np.int64)
    flat = np.concatenate([np.zeros(0, np.int32), *excluded]).astype(np.int32)
    nearest_codes(planes.blocks, planes.tail, items.n_bits, queries.packed, start, flat, *found)
    return found


def some_codes(rng, n, n_bits, centres):
    """Few centres give many ties and repeated codes."""
    base = rng.random((centres, n_bits)) < 0.5
    return Codes.from_signs((base[rng.integers(0, centres, n)] ^ (rng.random((n, n_bits)) < 0.1)) - 0.5)


@settings(max_examples=400)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_items=st.integers(0, 700),
    n_queries=st.integers(0, 5),
    n_bits=st.one_of(st.integers(1, 140), st.sampled_from([WIDEST, WIDEST + 1, 256, 1024])),
    k=st.integers(1, 800),
    block=st.sampled_from([1, 7, STRIPE, 200, 4096]),
    share=st.sampled_from([0, 0.02, 0.5, 1]),
    centres=st.sampled_from([1, 3, 1000]),
)
def test_the_k_nearest_are_those_of_the_slow_twin(seed, n_items, n_queries, n_bits, k, block, share, centres):
    rng = np.random.default_rng(seed)
    items, queries = (some_codes(rng, n, n_bits, centres) for n in (n_items, n_queries))
    excluded = [np.flatnonzero(rng.random(n_items) < share) for _ in range(n_queries)]
    assert np.array_equal(nearest(items, queries, k, excluded, block), slow(items, queries, k, excluded))


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
        assert np.array_equal(nearest(sorted_items, query, 50, [[]], 4096), expected)


def test_the_complement_is_the_farthest():
    ones = Codes.from_signs(np.ones((1, 256)))
    distances = np.zeros(1, np.uint16)
    scan(np.ascontiguousarray((~ones.packed).T), ones.packed[0], distances)
    assert distances.tolist() == [256]


def test_codes_take_whole_bytes_and_no_more():
    for n_bits, n_bytes in ((1, 1), (8, 1), (32, 4), (33, 5), (65, 9)):
        planes = BytePlanes.of(Codes.from_signs(np.ones((5000, n_bits))))
        assert planes.nbytes == 5000 * n_bytes
        assert len(planes) == 5000
