"""Interactions against Python's sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.data.interactions import Interactions
from hashbench.errors import BadData

N_USERS, N_ITEMS = 6, 9
Pair = tuple[int, int]
PAIRS = st.lists(st.tuples(st.integers(0, N_USERS - 1), st.integers(0, N_ITEMS - 1)), max_size=40)


def built(pairs: list[Pair]) -> Interactions:
    users, items = np.array(pairs, int).reshape(-1, 2).T
    return Interactions.from_pairs(users, items, N_USERS, N_ITEMS)


def pairs_of(interactions: Interactions) -> set[Pair]:
    return set(zip(interactions.users().tolist(), interactions.indices.tolist(), strict=True))


@given(PAIRS)
def test_pairs_come_back_once_each(pairs: list[Pair]) -> None:
    interactions = built(pairs)
    assert pairs_of(interactions) == set(pairs)
    assert len(interactions) == len(set(pairs))
    assert [interactions.row(user).tolist() for user in range(N_USERS)] == [
        sorted({item for owner, item in pairs if owner == user}) for user in range(N_USERS)
    ]


@given(PAIRS, PAIRS)
def test_union_and_minus_are_those_of_sets(left: list[Pair], right: list[Pair]) -> None:
    assert pairs_of(built(left).union(built(right))) == set(left) | set(right)
    assert pairs_of(built(left).minus(built(right))) == set(left) - set(right)


@given(PAIRS, st.lists(st.integers(0, N_USERS - 1), max_size=10))
def test_select_takes_rows_in_the_given_order(pairs: list[Pair], users: list[int]) -> None:
    interactions = built(pairs)
    selected = interactions.select(users)
    assert [selected.row(row).tolist() for row in range(len(users))] == [
        interactions.row(user).tolist() for user in users
    ]


@given(PAIRS, st.permutations(range(N_ITEMS)))
def test_relabelling_and_back_changes_nothing(pairs: list[Pair], new: list[int]) -> None:
    interactions = built(pairs)
    assert interactions.relabel_items(new).relabel_items(np.argsort(new)).digest() == interactions.digest()


@given(PAIRS, st.randoms(use_true_random=False))
def test_digest_forgets_order_and_knows_content(pairs: list[Pair], random: object) -> None:
    shuffled = sorted(pairs, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert built(shuffled).digest() == built(pairs).digest()
    if pairs:
        assert built([pair for pair in pairs if pair != pairs[0]]).digest() != built(pairs).digest()


def test_arrays_are_read_only_and_do_not_follow_their_source() -> None:
    indices = np.array([0, 2], np.int32)
    interactions = Interactions(np.array([0, 2]), indices, 3)
    indices[0] = 1
    assert interactions.indices.tolist() == [0, 2]
    with pytest.raises(ValueError, match="read-only"):
        interactions.indices[0] = 1


@pytest.mark.parametrize(
    ("indptr", "indices", "text"),
    [
        ([0, 1], [0, 1], "interactions: indptr must start at 0 and end at the number of interactions"),
        ([0, 2, 1, 2], [0, 1], "interactions: indptr must not decrease"),
        ([0, 1], [3], "interactions: items must lie in 0…2"),
        ([0, 2], [1, 0], "interactions: the items of a row must be ascending and distinct"),
        ([0, 2], [1, 1], "interactions: the items of a row must be ascending and distinct"),
    ],
)
def test_malformed_rows_are_refused(indptr: list[int], indices: list[int], text: str) -> None:
    with pytest.raises(BadData) as error:
        Interactions(np.array(indptr), np.array(indices, np.int32), 3)
    assert str(error.value) == text
