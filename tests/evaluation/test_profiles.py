"""Profiles held to values worked out by hand, to laws between them, and to what published code does."""

import inspect
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.components.metrics import HR, NDCG, Precision, Recall
from hashbench.evaluation.profiles import PROFILES, BiGeaR, HashGNN, HashLGN, Standard
from hashbench.protocols import ScoredRanking

NAN = math.nan
D1, D2, D3, D4 = 1.0, 1 / math.log2(3), 1 / 2, 1 / math.log2(5)
"""What a hit is worth at places 1 to 4."""

HITS = np.array(
    [
        [0, 1, 0, 1],  # 3 test items, found at places 2 and 4
        [0, 1, 0, 0],  # 3 test items, one found, at place 2
        [0, 0, 1, 0],  # 1 test item, found at place 3
        [0, 0, 0, 0],  # 2 test items, none found
        [0, 0, 0, 0],  # no test items
    ],
    bool,
)
N_RELEVANT = np.array([3, 3, 1, 2, 0])
OF_FOUND = {
    2: [D2 / (D1 + D2), D2 / D1, 0, 0, NAN],
    4: [(D2 + D4) / (D1 + D2), D2 / D1, D3 / D1, 0, NAN],
}
BY_HAND = {
    ("standard", 2): [D2 / (D1 + D2), D2 / (D1 + D2), 0, 0, NAN],
    ("standard", 4): [(D2 + D4) / (D1 + D2 + D3), D2 / (D1 + D2 + D3), D3 / D1, 0, NAN],
    ("hashgnn", 2): OF_FOUND[2],
    ("hashgnn", 4): OF_FOUND[4],
    ("bigear", 2): OF_FOUND[2],
    ("bigear", 4): OF_FOUND[4],
    ("hashlgn", 2): [D2 / (D1 + D2), D2 / (D1 + D2), 0, 0, NAN],
    ("hashlgn", 4): [gain / (D1 + D2 + D3 + D4) for gain in (D2 + D4, D2, D3, 0, NAN)],
}


@pytest.mark.parametrize(("name", "k"), BY_HAND, ids=str)
def test_ndcg_by_hand(name, k):
    values = PROFILES[name].per_user(HITS, N_RELEVANT, k)["ndcg"]
    np.testing.assert_allclose(values, BY_HAND[name, k], rtol=1e-12)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_ratios_by_hand(profile):
    values = profile.per_user(HITS, N_RELEVANT, 2)
    np.testing.assert_allclose(values["hr"], [1 / 3, 1 / 3, 0, 0, NAN], rtol=1e-12)
    np.testing.assert_allclose(values["recall"], [1 / 3, 1 / 3, 0, 0, NAN], rtol=1e-12)
    np.testing.assert_allclose(values["precision"], [1 / 2, 1 / 2, 0, 0, NAN], rtol=1e-12)


def test_hits_beyond_the_published_list_do_not_count_in_hashgnn_and_do_in_bigear():
    hits = np.zeros((1, 150), bool)
    hits[0, [1, 120]] = True  # at places 2 and 121
    five = np.array([5])
    assert HashGNN().per_user(hits, five, 2)["ndcg"] == pytest.approx([D2 / D1])
    assert BiGeaR().per_user(hits, five, 2)["ndcg"] == pytest.approx([D2 / (D1 + D2)])
    assert HashGNN().per_user(hits, five, 150)["ndcg"] == pytest.approx([(D2 + 1 / math.log2(122)) / (D1 + D2)])


def test_a_published_list_is_as_long_as_what_was_stored_at_most():
    assert [HashGNN().list_length(stored) for stored in (50, 100, 1000)] == [50, 100, 100]
    assert [BiGeaR().list_length(stored) for stored in (50, 100, 1000)] == [50, 100, 1000]


@st.composite
def rankings(draw):
    """Hits bool[n, K], test items int[n] (at least the hits), and a k up to K; lists may be longer than 100."""
    width = draw(st.sampled_from([1, 3, 10, 100, 130]))
    ranks_of_hits = st.lists(st.integers(0, width - 1), max_size=12)
    rows = draw(st.lists(st.tuples(ranks_of_hits, st.integers(0, 5)), min_size=1, max_size=5))
    hits = np.zeros((len(rows), width), bool)
    for row, (ranks, _) in zip(hits, rows, strict=True):
        row[ranks] = True
    return hits, hits.sum(1) + [more for _, more in rows], draw(st.integers(1, width))


@given(rankings())
def test_laws_between_the_profiles(case):
    hits, n_relevant, k = case
    is_evaluated = n_relevant > 0
    values = {name: profile.per_user(hits, n_relevant, k) for name, profile in PROFILES.items()}
    ndcg = {name: metrics["ndcg"][is_evaluated] for name, metrics in values.items()}
    for metrics in values.values():
        assert np.isnan(metrics["ndcg"][~is_evaluated]).all()
        for name in ("hr", "recall", "precision"):
            np.testing.assert_array_equal(metrics[name], values["standard"][name])
    for metrics in ndcg.values():
        assert ((metrics >= 0) & (metrics <= 1 + 1e-12)).all()
    slack = 1e-12
    assert (ndcg["bigear"] >= ndcg["standard"] - slack).all()
    assert (ndcg["hashgnn"] >= ndcg["bigear"] - slack).all()
    assert (ndcg["hashlgn"] <= ndcg["standard"] + slack).all()
    everything_found = (hits.sum(1) == n_relevant)[is_evaluated]
    np.testing.assert_array_equal(ndcg["bigear"][everything_found], ndcg["standard"][everything_found])
    as_many_as_places = (n_relevant >= k)[is_evaluated]
    np.testing.assert_array_equal(ndcg["hashlgn"][as_many_as_places], ndcg["standard"][as_many_as_places])
    whole = max(k, min(100, hits.shape[1]))
    np.testing.assert_array_equal(
        BiGeaR().per_user(hits[:, :whole], n_relevant, k)["ndcg"][is_evaluated], ndcg["hashgnn"]
    )


@given(rankings())
def test_standard_is_what_the_metrics_say_of_full_rankings(case):
    hits, n_relevant, k = case
    ranking = ScoredRanking(np.zeros(hits.shape, np.int32), hits, n_relevant).at(k)
    values = Standard().per_user(hits, n_relevant, k)
    assert values.keys() == {"hr", "recall", "precision", "ndcg"}
    for metric in (HR(), Recall(), Precision(), NDCG()):
        np.testing.assert_array_equal(values[metric.name], metric.per_user(ranking))


def sorted_relevances(relevances, k):
    """NDCG as the published code has it: the ideal is the list itself, sorted; written anew, one user at a time."""

    def gain(values):
        return sum(value / math.log2(place + 1) for place, value in enumerate(values[:k], start=1))

    ideal = gain(sorted(relevances, reverse=True))
    return gain(relevances) / ideal if ideal else 0.0


@given(rankings())
def test_found_hits_are_the_published_sort_of_the_list(case):
    hits, n_relevant, k = case
    for profile, length in ((HashGNN(), max(100, k)), (BiGeaR(), hits.shape[1])):
        expected = [sorted_relevances([int(hit) for hit in row[:length]], k) for row in hits]
        values = profile.per_user(hits, n_relevant, k)["ndcg"]
        np.testing.assert_allclose(values, np.where(n_relevant > 0, expected, NAN), rtol=1e-12)


@pytest.mark.parametrize(
    ("k", "precision", "printed"),
    [(50, 0.2225, 0.5930), (50, 0.2087, 0.3982), (100, 0.1522, 0.4415), (100, 0.1282, 0.3384)],
)
def test_what_the_hashlgn_report_prints_is_more_than_its_equation_allows(k, precision, printed):
    """For so many hits a user none is better than all users having the same number, all at the top: gain is concave."""
    hits = np.zeros((1, k), bool)
    hits[0, : math.ceil(precision * k)] = True
    (best,) = HashLGN().per_user(hits, np.array([k]), k)["ndcg"]
    assert best < printed


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_every_profile_says_what_it_is(profile):
    assert inspect.getdoc(type(profile))
    assert profile.differs
    assert PROFILES[profile.name] is profile
