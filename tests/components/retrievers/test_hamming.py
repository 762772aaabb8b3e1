import numpy as np
from hypothesis import given, settings

from hashbench.components.retrievers.hamming import Hamming
from hashbench.protocols import RunContext
from hashbench.testing import RetrieverTests

from .laws import CodeLengthTests, ExactSearchTests, bytes_per_item, hamming_scores, searches, slow_search


class TestHamming(CodeLengthTests, ExactSearchTests, RetrieverTests):
    component = Hamming()
    true_scores = staticmethod(hamming_scores)


@given(searches())
@settings(deadline=None)
def test_it_ranks_by_hamming_distance(search):
    users, items, k, exclude, threads = search
    ranking = Hamming().build(items, RunContext(threads=threads)).search(users, k, exclude)
    expected, scores = slow_search(hamming_scores(users, items), k, exclude)
    assert np.array_equal(ranking.items, expected)
    assert np.array_equal(ranking.scores, scores)


def test_bytes_per_item():
    assert bytes_per_item(Hamming()) == 37 / 8  # 32 bits, and the 5 bits of a popcount up to 31
