"""Multi-index hashing ranks as the scan does, with few look-ups and with many."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.components.retrievers.hamming import Hamming, HammingIndex
from hashbench.components.retrievers.multi_index import ChunkedIndex, MultiIndex
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.errors import BadParameter
from hashbench.protocols import Hashed, RunContext, TiedIndex
from hashbench.registry import shelves
from hashbench.testing import RetrieverTests

from .laws import CodeLengthTests, ExactSearchTests, hamming_scores, slow_search


class TestMultiIndex(CodeLengthTests, ExactSearchTests, RetrieverTests):
    component = MultiIndex()
    true_scores = staticmethod(hamming_scores)


class TestMultiIndexWithoutFallback(ExactSearchTests, RetrieverTests):
    component = MultiIndex(fallback=False)
    true_scores = staticmethod(hamming_scores)


def around(centres, n, flipped, rng):
    signs = centres[rng.integers(0, len(centres), n)]
    return Hashed(Codes.from_signs(signs * np.where(rng.random(signs.shape) < flipped, -1, 1)))


@st.composite
def cases(draw):
    n_users, n_items, n_bits = draw(st.integers(1, 9)), draw(st.integers(0, 150)), draw(st.integers(1, 130))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    centres = rng.standard_normal((draw(st.integers(1, 4)), n_bits))
    flipped = draw(st.sampled_from([0, 0.03, 0.1, 0.5]))
    users, items = (around(centres, n, flipped, rng) for n in (n_users, n_items))
    seen = rng.random((n_users, n_items)) < draw(st.sampled_from([0, 0.3, 0.97]))
    exclude = Interactions.from_pairs(*np.nonzero(seen), n_users, n_items)
    retriever = MultiIndex(draw(st.sampled_from([0, -(-n_bits // 12), n_bits])), draw(st.booleans()))
    return retriever, users, items, draw(st.integers(1, n_items + 5)), exclude, draw(st.sampled_from([1, 2]))


def assert_same(ranking, expected):
    assert np.array_equal(ranking.items, expected.items)
    assert np.array_equal(ranking.scores, expected.scores)
    assert (ranking.items.dtype, ranking.scores.dtype) == (expected.items.dtype, expected.scores.dtype)


@given(cases())
@settings(deadline=None)
def test_it_ranks_as_hamming_does(case):
    retriever, users, items, k, exclude, threads = case
    index = retriever.build(items, RunContext(threads=threads))
    ranking = index.search(users, k, exclude)
    expected, scores = slow_search(hamming_scores(users, items), k, exclude)
    assert np.array_equal(ranking.items, expected)
    assert np.array_equal(ranking.scores, scores)
    assert_same(ranking, Hamming().build(items, RunContext()).search(users, k, exclude))
    last = len(users) - 1
    assert np.array_equal(index.search(users.take([last]), k, exclude.select([last])).items[0], expected[last])


@pytest.fixture(scope="module")
def catalogue():
    """20,000 items around 1,000 centres, and 200 users: every other one far from all items."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((1000, 64))
    items, near = around(centres, 20_000, 0.02, rng), around(centres, 100, 0.02, rng)
    far = Codes.from_signs(rng.standard_normal((100, 64)))
    users = Codes(np.stack([near.codes.packed, far.packed], 1).reshape(200, 8), 64)
    pairs = rng.integers(0, 200, 5000), rng.integers(0, 20_000, 5000)
    return Hashed(users), items, Interactions.from_pairs(*pairs, 200, 20_000)


def test_near_items_are_looked_up_and_far_ones_scanned_for(catalogue):
    users, items, exclude = catalogue
    index = MultiIndex().build(items, RunContext())
    answered = index.look_up(users.codes, 3, exclude)[2].reshape(100, 2)
    assert answered[:, 0].mean() > 0.5
    assert not answered[:, 1].any()
    assert MultiIndex(fallback=False).build(items, RunContext()).look_up(users.codes, 3, exclude)[2].all()


@pytest.mark.parametrize("retriever", [MultiIndex(), MultiIndex(6), MultiIndex(fallback=False)], ids=repr)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("k", [1, 3, 50])
def test_a_mixed_batch_is_ranked_as_hamming_ranks_it(catalogue, retriever, threads, k):
    users, items, exclude = catalogue
    index = retriever.build(items, RunContext(threads=threads))
    batch = index.search(users, k, exclude)
    assert_same(batch, Hamming().build(items, RunContext()).search(users, k, exclude))
    for user in range(0, 200, 37):
        assert np.array_equal(index.search(users.take([user]), k, exclude.select([user])).items[0], batch.items[user])


@pytest.mark.parametrize("fallback", [True, False])
@pytest.mark.parametrize("n_bits", [1, 24, 25, 32, 33, 64, 65, 1024, 1100])
def test_codes_of_any_length(n_bits, fallback):
    rng = np.random.default_rng(n_bits)
    users, items = (around(np.ones((1, n_bits)), n, 0.01, rng) for n in (20, 3000))
    none = Interactions.empty(20, 3000)
    ranking = MultiIndex(fallback=fallback).build(items, RunContext()).search(users, 7, none)
    assert_same(ranking, Hamming().build(items, RunContext()).search(users, 7, none))


@pytest.mark.parametrize("fallback", [True, False])
def test_one_code_many_times(fallback):
    items = Hashed(Codes.from_signs(np.ones((5000, 64))))
    exclude = Interactions.from_pairs([0, 0], [0, 2], 1, 5000)
    ranking = MultiIndex(fallback=fallback).build(items, RunContext()).search(items.take([0]), 4, exclude)
    assert ranking.items.tolist() == [[1, 3, 4, 5]]
    assert ranking.scores.tolist() == [[0, 0, 0, 0]]


@pytest.mark.parametrize("fallback", [True, False])
def test_an_empty_catalogue(fallback):
    users, nothing = (Hashed(Codes.from_signs(np.ones((n, 40)))) for n in (2, 0))
    ranking = MultiIndex(fallback=fallback).build(nothing, RunContext()).search(users, 3, Interactions.empty(2, 0))
    assert np.all(ranking.items == -1)
    assert np.isneginf(ranking.scores).all()


def test_no_chunk_is_wider_than_a_table_can_be_nor_without_a_bit():
    items = Hashed(Codes.from_signs(np.ones((2, 50))))
    widths = [
        np.diff(MultiIndex(chunks, fallback=False).build(items, RunContext()).tables.bounds) for chunks in (1, 7, 99)
    ]
    assert [(bits.size, bits.min(), bits.max()) for bits in widths] == [(3, 16, 17), (7, 7, 8), (50, 1, 1)]


def test_bytes_are_those_of_codes_tables_and_the_scan():
    items = Hashed(Codes.from_signs(np.ones((1000, 64))))
    tables = 1000 * 8 + 4 * (1000 * 4 + 4 * ((1 << 16) + 1)) + 8 * (5 + 4)
    assert MultiIndex(4, fallback=False).build(items, RunContext()).nbytes == tables
    scan = Hamming().build(items, RunContext())
    assert MultiIndex(4).build(items, RunContext()).nbytes == scan.nbytes
    assert replace(MultiIndex(4, fallback=False).build(items, RunContext()), scan=scan).nbytes == tables + scan.nbytes


@pytest.mark.parametrize(("flipped", "kind"), [(0.02, ChunkedIndex), (0.5, HammingIndex)])
def test_codes_without_neighbours_are_only_scanned(flipped, kind):
    rng = np.random.default_rng(3)
    items = around(rng.standard_normal((1000, 64)), 20_000, flipped, rng)
    assert isinstance(MultiIndex().build(items, RunContext()), kind)


def test_ties_are_counted_as_hamming_counts_them(catalogue):
    users, items, exclude = catalogue
    rng = np.random.default_rng(1)
    truth = Interactions.from_pairs(rng.integers(0, 200, 5000), rng.integers(0, 20_000, 5000), 200, 20_000)
    index, hamming = (retriever.build(items, RunContext(threads=2)) for retriever in (MultiIndex(), Hamming()))
    assert isinstance(index, TiedIndex)
    last = hamming.search(users, 12, exclude).scores[:, -1]
    last[::7] = -np.inf
    assert np.array_equal(*(counter.count_ties(users, last, exclude, truth) for counter in (index, hamming)))


def test_queries_of_another_length_are_refused():
    items, users = (Hashed(Codes.from_signs(np.ones((2, n_bits)))) for n_bits in (32, 31))
    with pytest.raises(ValueError, match="queries of 31 bits do not fit items of 32"):
        MultiIndex().build(items, RunContext()).search(users, 1, Interactions.empty(2, 2))


def test_parameters():
    assert shelves.create_component(shelves.RETRIEVERS, "multi_index:chunks=4,fallback=no") == MultiIndex(4, False)
    with pytest.raises(BadParameter, match="chunks must be at least 0, got -1"):
        shelves.create_component(shelves.RETRIEVERS, "multi_index:chunks=-1")
