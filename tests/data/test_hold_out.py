"""Random hold-out: as many of each user's interactions as asked for, the rest kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.data.hold_out import checked_split, hold_out, rounded_share
from hashbench.data.interactions import Interactions
from hashbench.errors import BadData

N_USERS, N_ITEMS = 6, 9
PAIRS = st.lists(st.tuples(st.integers(0, N_USERS - 1), st.integers(0, N_ITEMS - 1)), max_size=40)


@given(PAIRS, st.integers(0, 3), st.integers(0, 2**32))
def test_each_interaction_is_kept_or_held_out(pairs, n, seed):
    users, items = np.array(pairs, int).reshape(-1, 2).T
    interactions = Interactions.from_pairs(users, items, N_USERS, N_ITEMS)
    n_held_out = np.minimum(interactions.counts, n)
    rest, held_out = hold_out(interactions, n_held_out, np.random.default_rng(seed))
    assert held_out.counts.tolist() == n_held_out.tolist()
    assert rest.union(held_out).digest() == interactions.digest()
    assert len(rest) + len(held_out) == len(interactions)


def test_every_interaction_may_be_held_out():
    interactions = Interactions.from_pairs([0] * 5, range(5), 1, 5)
    rng = np.random.default_rng(0)
    items = {hold_out(interactions, np.array([1]), rng)[1].indices[0] for _ in range(100)}
    assert items == set(range(5))


@pytest.mark.parametrize(
    ("counts", "fraction", "expected"),
    [([0, 1, 2, 10], 0.3, [0, 0, 1, 3]), ([5, 5], 0.5, [3, 3]), ([3, 1], 0.99, [2, 0]), ([4], 0.0, [0])],
)
def test_shares_are_rounded_and_leave_one(counts, fraction, expected):
    assert rounded_share(np.array(counts), fraction).tolist() == expected


def test_a_split_without_test_interactions_is_refused():
    train, empty = Interactions.from_pairs([0, 1], [0, 0], 2, 1), Interactions.empty(2, 1)
    with pytest.raises(BadData, match="no user has a test interaction after split 'ratio'"):
        checked_split(train, empty, empty, "ratio")
