import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.components.retrievers.hamming import Hamming
from hashbench.components.retrievers.hierarchical import Hierarchical
from hashbench.data.interactions import Interactions
from hashbench.protocols import NamedBackendIndex, RunContext
from hashbench.testing import RetrieverTests

from .laws import (
    CodeLengthTests,
    ExactSearchTests,
    bytes_per_item,
    hamming_scores,
    inner_products,
    searches,
    sides,
    slow_search,
)


class TestHierarchical(CodeLengthTests, RetrieverTests):
    component = Hierarchical()


class TestHierarchicalWithAllItemsAsCandidates(ExactSearchTests, RetrieverTests):
    component = Hierarchical(candidates=10_000)
    true_scores = staticmethod(inner_products)


class TestHierarchicalWithFewCandidates(RetrieverTests):
    component = Hierarchical(40)

    test_a_large_batch_equals_single_queries = ExactSearchTests.test_a_large_batch_equals_single_queries


@given(searches(), st.integers(0, 70))
@settings(deadline=None)
def test_it_ranks_the_nearest_codes_by_inner_product(search, more):
    users, items, k, exclude, threads = search
    ranking = Hierarchical(k + more).build(items, RunContext(threads=threads)).search(users, k, exclude)
    candidates, _ = slow_search(hamming_scores(users, items), min(k + more, len(items)), exclude)
    scores = users.embeddings @ items.embeddings.T
    for query, row in enumerate(candidates):
        scores[query, np.setdiff1d(np.arange(len(items)), row)] = -np.inf
    expected, best = slow_search(scores, k, exclude)
    expected[best == -np.inf] = -1
    assert np.array_equal(ranking.items, expected)
    assert np.array_equal(ranking.scores, best)


def test_any_index_may_give_the_candidates_and_names_what_is_timed():
    rng, ctx = np.random.default_rng(2), RunContext()
    users, items = sides(rng, 9, 50, 16, nan=False)
    exclude = Interactions.from_pairs(rng.integers(0, 9, 40), rng.integers(0, 50, 40), 9, 50)
    retriever = Hierarchical(20)
    index = retriever.rerank(retriever.candidate_retriever.build(items, ctx), items, ctx)
    ranking, expected = (some.search(users, 5, exclude) for some in (index, retriever.build(items, ctx)))
    assert np.array_equal(ranking.items, expected.items)
    assert np.array_equal(ranking.scores, expected.scores)
    assert isinstance(index, NamedBackendIndex)
    assert index.backend_name == ""

    class Named:
        backend_name = "3 shards"
        nbytes = 1
        search = staticmethod(Hamming().build(items, ctx).search)

    assert retriever.rerank(Named(), items, ctx).backend_name == "3 shards"


def test_bytes_per_item():
    assert bytes_per_item(Hierarchical()) == 128 + 37 / 8


def test_it_ranks_no_more_than_its_candidates():
    assert Hierarchical(candidates=7).max_k == 7
