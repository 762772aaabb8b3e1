import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.components.retrievers.hamming import Hamming
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.evaluation.ranking import Search
from hashbench.evaluation.recall import exact_recall, recall_of_exact
from hashbench.protocols import Hashed, Ranking, RunContext


def ranking(items, scores):
    return Ranking(np.array(items, np.int32), np.array(scores, np.float32))


class Half:
    """Hamming search of the items of even number alone."""

    exact = Hamming()

    def __init__(self, items):
        self.index = Hamming().build(items.take(np.arange(0, len(items), 2)), RunContext())

    def search(self, queries, k, exclude):
        no_mask = Interactions.empty(len(queries), len(self.index.planes))
        approximate = self.index.search(queries, k, no_mask)
        return Ranking(np.where(approximate.items < 0, -1, 2 * approximate.items), approximate.scores)


def test_an_approximate_index_is_held_against_the_exact_one():
    rng = np.random.default_rng(0)
    users, items = (Hashed(Codes.from_signs(rng.standard_normal((n, 64)))) for n in (1500, 80))
    truth = Interactions.from_pairs(np.arange(1499), np.zeros(1499, int), 1500, 80)  # the last asks for nothing
    search = Search(users, items, Interactions.empty(1500, 80), truth)
    index = Half(items)
    scores = exact_recall(index, search, [40, 5], RunContext())
    assert list(scores) == ["exact_recall@5", "exact_recall@40"]
    for k, at_k in ((5, scores["exact_recall@5"]), (40, scores["exact_recall@40"])):
        distances = (64 - users.codes.signs()[:1499] @ items.codes.signs().T) / 2
        last = np.sort(distances, axis=1)[:, k - 1 : k]
        better, equal = (part[:, ::2].sum(1) for part in (distances < last, distances == last))
        expected = better + np.minimum(equal, k - (distances < last).sum(1))
        assert at_k.expected.tolist() == (expected / k).tolist()
        assert at_k.low is at_k.high


EXACT = ranking([[4, 7, 1], [2, 5, 0]], [[9, 8, 8], [3, 2, 1]])


def test_the_exact_answer_has_all_of_itself():
    assert recall_of_exact(EXACT, EXACT).tolist() == [1, 1]
    assert recall_of_exact(EXACT, EXACT).dtype == np.float64


def test_items_count_wherever_they_stand_but_in_their_own_row():
    approximate = ranking([[1, 4, 9], [4, 7, 2]], [[8, 9, 1], [0.5, 0.4, 0.3]])
    assert recall_of_exact(approximate, EXACT).tolist() == [2 / 3, 1 / 3]


def test_an_item_as_good_as_the_last_counts():
    approximate = ranking([[4, 3, 9], [2, 5, 8]], [[9, 8, 7.99], [3, 2, 1 + 1e-7]])
    assert recall_of_exact(approximate, EXACT).tolist() == [2 / 3, 1]


def test_equals_do_not_stand_in_for_a_better_one():
    exact, approximate = ranking([[4, 7, 1]], [[9, 5, 5]]), ranking([[7, 2, 3]], [[5, 5, 5]])
    assert recall_of_exact(approximate, exact).tolist() == [2 / 3]


def test_equals_are_not_counted_beyond_what_there_was():
    approximate = ranking([[4, 7, 3]], [[8, 8, 8]])
    assert recall_of_exact(approximate, ranking([[4, 7, -1]], [[9, 8, -np.inf]])).tolist() == [1]


def test_padding_counts_for_nothing():
    short = ranking([[4, -1, -1], [-1, -1, -1]], [[9, -np.inf, -np.inf], [-np.inf] * 3])
    assert recall_of_exact(short, EXACT).tolist() == [1 / 3, 0]
    nothing = ranking([[-1, -1]], [[-np.inf, -np.inf]])
    assert np.isnan(recall_of_exact(nothing, nothing)).all()
    of_nobody = ranking(np.empty((0, 3)), np.empty((0, 3)))
    assert recall_of_exact(of_nobody, of_nobody).size == 0


def test_scores_below_zero_tie_too():
    """Hamming distances, negated; a distance of 0 is the best."""
    exact = ranking([[3, 1], [3, 1]], [[0, 0], [-1, -2]])
    approximate = ranking([[8, 9], [3, 5]], [[0, -0.0], [-1, -2]])
    assert recall_of_exact(approximate, exact).tolist() == [1, 1]


def test_rankings_of_other_widths():
    wide = ranking([[9, 4, 8, 7, 1], [2, 5, 0, 1, 3]], [[10, 9, 8.5, 8, 8], [3, 2, 1, 0, 0]])
    assert recall_of_exact(wide, EXACT).tolist() == [1 / 3, 1]
    narrow = ranking([[4], [2]], [[9], [3]])
    assert recall_of_exact(narrow, EXACT).tolist() == [1 / 3, 1 / 3]


def test_rankings_of_different_queries_are_refused():
    with pytest.raises(ValueError, match="of 1 and 2 queries"):
        recall_of_exact(ranking([[1]], [[1]]), EXACT)


@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 20))
def test_any_order_of_ties_has_full_recall_and_less_than_the_best_has_not(seed, k, n_items):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, (5, n_items)).astype(np.float32)
    k = min(k, n_items)

    def best(tie_break):
        items = np.stack([np.lexsort((tie_break, -row))[:k] for row in scores])
        return Ranking(items.astype(np.int32), np.take_along_axis(scores, items, 1))

    exact = best(np.arange(n_items))
    assert np.all(recall_of_exact(best(rng.permutation(n_items)), exact) == 1)
    items = np.stack([rng.permutation(n_items)[:k] for _ in range(5)])
    drawn = Ranking(items.astype(np.int32), np.take_along_axis(scores, items, 1))
    recall = recall_of_exact(drawn, exact)
    for value, row, last, row_of_all in zip(recall, drawn.scores, exact.scores[:, -1], scores, strict=True):
        allowed = k - (row_of_all > last).sum()
        assert value == pytest.approx(((row > last).sum() + min((row == last).sum(), allowed)) / k)
