"""Metrics of tied rankings against brute force: the mean, least and greatest over all orders."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.components.metrics import F1, HR, MAP, MRR, NDCG, HitRate, Precision
from hashbench.components.retrievers.hamming import Hamming
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.evaluation.ranking import Search, rank_users, score
from hashbench.protocols import Hashed, RunContext, TiedIndex

METRICS = [HR(), NDCG(), HitRate(), Precision(), F1(), MRR(), MAP()]


def a_search(distances, relevant, excluded):
    """One user whose items lie at the given distances: the query is 0, an item has so many ones."""
    n_items = len(distances)
    codes = Codes.from_signs([[1 if bit < distance else -1 for bit in range(8)] for distance in distances])
    query = Codes.from_signs([[-1] * 8])
    exclude, truth = (Interactions.from_pairs([0] * len(some), some, 1, n_items) for some in (excluded, relevant))
    return Search(Hashed(codes=query), Hashed(codes=codes), exclude, truth)


def orders(distances, excluded):
    """All orders of tied items."""
    left = [item for item in range(len(distances)) if item not in excluded]
    for order in permutations(left):
        ranked = [distances[item] for item in order]
        if ranked == sorted(ranked):
            yield order


@settings(max_examples=150)
@given(
    distances=st.lists(st.integers(0, 2), min_size=2, max_size=6),
    k=st.integers(1, 7),
    data=st.data(),
)
def test_expected_least_and_greatest_are_those_over_all_orders(distances, k, data):
    roles = data.draw(st.lists(st.sampled_from("-+x"), min_size=len(distances), max_size=len(distances)))
    roles[0] = "+"
    relevant, excluded = ([item for item, role in enumerate(roles) if role == sign] for sign in "+x")
    search = a_search(distances, relevant, excluded)
    index = Hamming().build(search.items, RunContext())
    assert isinstance(index, TiedIndex)
    scores = score(rank_users(index, search, k, ties=True), METRICS, [k])
    for metric in METRICS:
        values = []
        for order in orders(distances, excluded):
            hits = np.zeros((1, k), bool)
            items = np.full((1, k), -1, np.int32)
            ranked = order[:k]
            items[0, : len(ranked)] = ranked
            hits[0, : len(ranked)] = [item in relevant for item in ranked]
            values.append(
                metric.per_user(type(rank_users(index, search, k))(items, hits, np.array([len(relevant)])))[0]
            )
        got = scores[f"{metric.name}@{k}"]
        assert got.expected[0] == pytest.approx(np.mean(values), abs=1e-12)
        assert got.low[0] == pytest.approx(min(values), abs=1e-12)
        assert got.high[0] == pytest.approx(max(values), abs=1e-12)
        assert min(values) - 1e-12 <= got.drawn[0] <= max(values) + 1e-12


@given(st.integers(0, 2**32 - 1))
def test_a_group_that_goes_on_beyond_the_last_place_is_counted_whole(seed):
    """Of 500 codes at one distance 50 are listed, and 100 are relevant: a fifth of the places, whatever their order."""
    rng = np.random.default_rng(seed)
    search = a_search([3] * 500, rng.permutation(500)[:100].tolist(), [])
    index = Hamming().build(search.items, RunContext())
    values = score(rank_users(index, search, 50, ties=True), [Precision()], [10, 50])
    assert values["precision@10"].expected == pytest.approx([0.2])
    assert values["precision@50"].expected == pytest.approx([0.2])
    assert (values["precision@50"].low[0], values["precision@50"].high[0]) == (0, 1)


def test_a_lesser_k_cuts_groups_of_the_longer_list():
    search = a_search([0, 1, 1, 1, 2], [1], [])
    index = Hamming().build(search.items, RunContext())
    values = score(rank_users(index, search, 5, ties=True), [HR(), MRR()], [2, 5])
    assert values["hr@2"].expected == pytest.approx([1 / 3])
    assert values["hr@5"].expected == pytest.approx([1])
    assert values["mrr@5"].expected == pytest.approx([(1 / 2 + 1 / 3 + 1 / 4) / 3])
    assert (values["mrr@5"].low[0], values["mrr@5"].high[0]) == (1 / 4, 1 / 2)
