"""The asymmetric retriever against the inner product with what the codes stand for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.components.retrievers.asymmetric import Asymmetric
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.errors import BadParameter
from hashbench.protocols import Hashed, RunContext
from hashbench.testing import RetrieverTests

from .laws import ExactSearchTests, inner_products_with_codes, slow_search


class TestAsymmetric(ExactSearchTests, RetrieverTests):
    component = Asymmetric()
    true_scores = staticmethod(inner_products_with_codes)


def search(users, items, k, exclude, threads=1):
    return Asymmetric().build(items, RunContext(threads=threads)).search(users, k, exclude)


def decoded(items):
    """g(c) = α⊙max(c, 0) + β⊙min(c, 0) as HashLGN writes it, α and β taken from the bit values; without them c."""
    signs = items.codes.signs()
    if items.bit_values is None:
        return signs
    beta, alpha = -items.bit_values[0], items.bit_values[1]
    return alpha * np.maximum(signs, 0) + beta * np.minimum(signs, 0)


@st.composite
def cases(draw):
    n_users, n_items, n_bits = draw(st.integers(1, 70)), draw(st.integers(1, 60)), draw(st.integers(1, 140))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    # Small whole numbers, so that inner products are exact in any order and ties are many.
    codes = Codes.from_signs(rng.integers(0, 2, (n_items, n_bits)) - 0.5)
    weights = rng.integers(0, 4, (2, n_bits)).astype(np.float32) * [[-1], [1]]
    bit_values = weights.astype(np.float32) if draw(st.booleans()) else None
    users = Hashed(embeddings=rng.integers(-2, 3, (n_users, n_bits)).astype(np.float32))
    seen = rng.random((n_users, n_items)) < draw(st.sampled_from([0, 0.3, 0.97]))
    exclude = Interactions.from_pairs(*np.nonzero(seen), n_users, n_items)
    return users, Hashed(codes, bit_values=bit_values), draw(st.integers(1, n_items + 5)), exclude


@given(cases())
@settings(deadline=None)
def test_it_ranks_by_what_the_codes_stand_for(case):
    users, items, k, exclude = case
    expected, scores = slow_search(users.embeddings @ decoded(items).T, k, exclude)
    for threads in (1, 2):
        ranking = search(users, items, k, exclude, threads)
        assert np.array_equal(ranking.items, expected)
        assert np.array_equal(ranking.scores, scores)
        assert (ranking.items.dtype, ranking.scores.dtype) == (np.int32, np.float32)


def test_a_batch_equals_single_queries_to_the_bit():
    rng = np.random.default_rng(0)
    codes = Codes.from_signs(rng.standard_normal((300, 20)))
    items = Hashed(codes, bit_values=rng.standard_normal((2, 20)).astype(np.float32))
    users = Hashed(embeddings=rng.standard_normal((600, 20)).astype(np.float32))
    exclude = Interactions.from_pairs(rng.integers(0, 600, 3000), rng.integers(0, 300, 3000), 600, 300)
    batch = search(users, items, 20, exclude, threads=2)
    for user in range(0, 600, 37):
        single = search(users.take([user]), items, 20, exclude.select([user]))
        assert np.array_equal(single.items[0], batch.items[user])
        assert np.array_equal(single.scores[0], batch.scores[user])


def test_a_query_needs_no_codes_and_any_layout_will_do():
    rng = np.random.default_rng(1)
    items = Hashed(Codes.from_signs(rng.standard_normal((50, 9))))
    embeddings = rng.integers(-3, 4, (8, 9)).astype(np.float32)
    nothing = Interactions.empty(8, 50)
    odd = Hashed(embeddings=np.asfortranarray(embeddings.astype(np.float64)))
    assert np.array_equal(
        search(odd, items, 5, nothing).items, search(Hashed(embeddings=embeddings), items, 5, nothing).items
    )


def test_one_nan_leaves_the_other_queries_alone():
    rng = np.random.default_rng(2)
    items = Hashed(Codes.from_signs(rng.standard_normal((50, 9))))
    users = Hashed(embeddings=rng.standard_normal((3, 9)).astype(np.float32))
    nothing = Interactions.empty(3, 50)
    expected = search(users, items, 5, nothing).items
    users.embeddings[1, 4] = np.nan
    ranked = search(users, items, 5, nothing).items
    assert ranked[1].tolist() == [-1] * 5
    assert np.array_equal(ranked[[0, 2]], expected[[0, 2]])


def test_lengths_must_agree():
    items = Hashed(Codes.from_signs(np.ones((3, 32))))
    with pytest.raises(BadParameter, match="embeddings have 64 values and codes have 32 bits"):
        search(Hashed(embeddings=np.ones((1, 64), np.float32)), items, 1, Interactions.empty(1, 3))
    with pytest.raises(ValueError, match=r"bit_values must be \[2, 32\]"):
        Asymmetric().build(Hashed(items.codes, bit_values=np.ones((2, 31), np.float32)), RunContext())


def test_bit_values_stay_with_the_rows_and_count_among_the_bytes():
    bit_values = np.array([[-1, -2, -3], [4, 5, 6]], np.float32)
    items = Hashed(Codes.from_signs(np.eye(3) - 0.5), bit_values=bit_values)
    assert items.take([2, 0]).bit_values is bit_values
    assert Hashed(items.codes).take([2, 0]).bit_values is None
    assert Asymmetric().build(items, RunContext()).nbytes == 3 + bit_values.nbytes
