import numpy as np
from hypothesis import given, settings

from hashbench.components.retrievers.continuous import Continuous
from hashbench.protocols import RunContext
from hashbench.testing import RetrieverTests

from .laws import ExactSearchTests, bytes_per_item, inner_products, searches, slow_search


class TestContinuous(ExactSearchTests, RetrieverTests):
    component = Continuous()
    true_scores = staticmethod(inner_products)


@given(searches())
@settings(deadline=None)
def test_it_ranks_by_inner_product(search):
    users, items, k, exclude, threads = search
    ranking = Continuous().build(items, RunContext(threads=threads)).search(users, k, exclude)
    expected, scores = slow_search(users.embeddings @ items.embeddings.T, k, exclude)
    assert np.array_equal(ranking.items, expected)
    assert np.array_equal(ranking.scores, scores)


def test_bytes_per_item():
    assert bytes_per_item(Continuous()) == 128
