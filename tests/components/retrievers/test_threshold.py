"""The threshold retriever against all distances and all inner products."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.components.retrievers.asymmetric import Asymmetric
from hashbench.components.retrievers.continuous import Continuous
from hashbench.components.retrievers.hamming import Hamming
from hashbench.components.retrievers.threshold import Threshold
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.errors import BadParameter
from hashbench.protocols import Hashed, RunContext, TiedIndex
from hashbench.registry import shelves
from hashbench.testing import RetrieverTests

from .laws import CodeLengthTests, ExactSearchTests, hamming_scores, inner_products, slow_search


class TestThresholdOfARadius(RetrieverTests):
    component = Threshold(radius=40)


class TestThresholdOfAnInnerProduct(RetrieverTests):
    component = Threshold(at_least=-100.0)


class TestExactSearchWithinARadius(CodeLengthTests, ExactSearchTests):
    component = Threshold(radius=3)
    true_scores = staticmethod(hamming_scores)
    min_score = -3


class TestExactSearchFromAnInnerProduct(ExactSearchTests):
    component = Threshold(at_least=1.0)
    true_scores = staticmethod(inner_products)
    min_score = 1.0


def search(retriever, users, items, k, exclude, threads=1):
    return retriever.build(items, RunContext(threads=threads)).search(users, k, exclude)


@st.composite
def cases(draw):
    n_users, n_items, n_bits = draw(st.integers(1, 40)), draw(st.integers(1, 60)), draw(st.integers(1, 70))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sides = [rng.integers(-1, 2, (n, n_bits)).astype(np.float32) for n in (n_users, n_items)]
    users, items = (Hashed(Codes.from_signs(side), side) for side in sides)
    seen = rng.random((n_users, n_items)) < draw(st.sampled_from([0, 0.3, 0.97]))
    exclude = Interactions.from_pairs(*np.nonzero(seen), n_users, n_items)
    return users, items, draw(st.integers(1, n_items + 5)), exclude


def assert_ranks(retriever, case, expected):
    users, items, k, exclude = case
    for threads in (1, 2):
        ranking = search(retriever, users, items, k, exclude, threads)
        assert np.array_equal(ranking.items, expected[0])
        assert np.array_equal(ranking.scores, expected[1])
        assert (ranking.items.dtype, ranking.scores.dtype) == (np.int32, np.float32)
    last = len(users) - 1
    single = search(retriever, users.take([last]), items, k, exclude.select([last]))
    assert np.array_equal(single.items[0], expected[0][last])


@given(cases(), st.integers(0, 71))
@settings(deadline=None)
def test_within_a_hamming_radius(case, radius):
    users, items, k, exclude = case
    distances = (users.codes.signs()[:, None] != items.codes.signs()[None]).sum(2)
    only_codes = Hashed(users.codes), Hashed(items.codes), k, exclude
    assert_ranks(Threshold(radius=radius), only_codes, slow_search(-distances, k, exclude, -radius))


@given(cases(), st.floats(-5, 15))
@settings(deadline=None)
def test_inner_products_of_at_least_a_value(case, at_least):
    users, items, k, exclude = case
    only_embeddings = Hashed(embeddings=users.embeddings), Hashed(embeddings=items.embeddings), k, exclude
    products = (users.embeddings @ items.embeddings.T).astype(np.float64)
    assert_ranks(Threshold(at_least=at_least), only_embeddings, slow_search(products, k, exclude, at_least))


@given(cases(), st.floats(-5, 15))
@settings(deadline=None)
def test_inner_products_with_codes_of_at_least_a_value(case, at_least):
    users, items, k, exclude = case
    bit_values = np.stack([np.full(items.codes.n_bits, -0.5), np.full(items.codes.n_bits, 2.0)]).astype(np.float32)
    only_codes = Hashed(items.codes, bit_values=bit_values)
    products = (users.embeddings @ np.where(items.codes.signs() > 0, 2.0, -0.5).T).astype(np.float64)
    expected = slow_search(products, k, exclude, at_least)
    assert_ranks(Threshold(at_least=at_least, codes=True), (users, only_codes, k, exclude), expected)


@pytest.mark.parametrize("retriever", [Threshold(radius=1), Threshold(at_least=1)])
def test_the_threshold_itself_is_within(retriever):
    side = np.array([[1, 1, 1], [1, 1, -1], [1, -1, -1]], np.float32)
    both = Hashed(Codes.from_signs(side), side)
    ranking = search(retriever, both.take([0]), both, 3, Interactions.empty(1, 3))
    assert ranking.items.tolist() == [[0, 1, -1]]
    assert ranking.scores.tolist() == [[0 if retriever.radius else 3, -1 if retriever.radius else 1, -np.inf]]


def test_it_needs_what_it_searches_and_takes_as_many_bytes():
    side = np.ones((10, 32), np.float32)
    items = Hashed(Codes.from_signs(side), side)
    for retriever, parts, exact in (
        (Threshold(radius=1), {"codes"}, Hamming()),
        (Threshold(at_least=1.0), {"embeddings"}, Continuous()),
        (Threshold(at_least=1.0, codes=True), {"codes", "embeddings"}, Asymmetric()),
    ):
        assert retriever.needs == parts
        assert retriever.build(items, RunContext()).nbytes == exact.build(items, RunContext()).nbytes


def test_ties_are_counted_as_hamming_counts_them():
    rng = np.random.default_rng(0)
    sides = [Hashed(Codes.from_signs(rng.standard_normal((n, 8)))) for n in (20, 90)]
    users, items = sides
    exclude, truth = (Interactions.from_pairs(*np.nonzero(rng.random((20, 90)) < 0.2), 20, 90) for _ in range(2))
    index = Threshold(radius=2).build(items, RunContext())
    assert isinstance(index, TiedIndex)
    last = index.search(users, 12, exclude).scores[:, -1]
    assert np.isneginf(last).any()
    assert np.isfinite(last).any()
    counts, expected = (
        counter.count_ties(users, last, exclude, truth) for counter in (index, Hamming().build(items, RunContext()))
    )
    assert np.array_equal(counts, expected)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("threshold", "takes either radius .* or at_least .*, got neither"),
        ("threshold:radius=3,at_least=2", "takes either radius .* or at_least .*, got both"),
        ("threshold:radius=3,codes=true", "takes codes with at_least: a radius is always of codes"),
        ("threshold:radius=-1", "radius must be at least 0, got -1"),
        ("threshold:radius=x", "radius must be a whole number, got 'x'"),
        ("threshold:at_least=nan", "at_least must be finite, got nan"),
    ],
)
def test_bad_parameters_are_one_line(text, problem):
    with pytest.raises(BadParameter, match=problem):
        shelves.create_component(shelves.RETRIEVERS, text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_finite_value_survives_as_text_and_is_compared_as_it_is(value):
    retriever = shelves.create_component(shelves.RETRIEVERS, f"threshold:at_least={value}")
    assert retriever == Threshold(at_least=value)
    side = Hashed(embeddings=np.full((1, 1), 1, np.float32))
    ranked = search(retriever, side, side, 1, Interactions.empty(1, 1)).items
    assert ranked.tolist() == [[0 if value <= 1 else -1]]
