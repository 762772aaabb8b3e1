"""Splits: disjoint, complete, seeded, fair to users with few interactions."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.components.splits.leave_one_out import LeaveOneOut
from hashbench.components.splits.published import Published
from hashbench.components.splits.ratio import Ratio
from hashbench.data.interactions import Interactions
from hashbench.data.loaded import LoadedData
from hashbench.data.split import InteractionSplit
from hashbench.errors import BadData
from hashbench.protocols import RunContext, Splitter

N_ITEMS = 30
COUNTS = st.lists(st.integers(0, N_ITEMS), min_size=1, max_size=12).filter(lambda counts: max(counts) >= 2)
SPLITS = st.sampled_from([Ratio(), Ratio(train=0.5, valid=0.5), LeaveOneOut(), Published(), Published(valid=0.9)])


def data_of(counts: list[int], published: bool = True) -> LoadedData:
    """Users with so many items each; the last item of each is in the published test part."""
    users = np.repeat(np.arange(len(counts)), counts)
    items = np.concatenate([np.arange(count) for count in counts])
    everything = Interactions.from_pairs(users, items, len(counts), N_ITEMS)
    last = (items == np.array(counts)[users] - 1) & (items > 0)
    test = Interactions.from_pairs(users[last], items[last], len(counts), N_ITEMS)
    return LoadedData(everything, "made up", (everything.minus(test), test) if published else None)


def parts(split: InteractionSplit) -> list[Interactions]:
    return [split.train, split.valid, split.test]


@given(COUNTS, SPLITS, st.integers(0, 9))
def test_parts_are_disjoint_complete_and_seeded(counts: list[int], splitter: Splitter, seed: int) -> None:
    data = data_of(counts)
    split = splitter.split(data, RunContext(seed))
    for left, right in combinations(parts(split), 2):
        assert not set(left.keys()) & set(right.keys())
    assert split.train.union(split.valid).union(split.test).digest() == data.interactions.digest()
    assert splitter.split(data, RunContext(seed)).fingerprint() == split.fingerprint()


@given(COUNTS, SPLITS)
def test_every_user_trains_and_users_with_two_are_tested(counts: list[int], splitter: Splitter) -> None:
    split = splitter.split(data_of(counts), RunContext())
    given_counts = np.array(counts)
    assert np.all((split.train.counts >= 1) == (given_counts >= 1))
    assert np.all((split.test.counts >= 1) == (given_counts >= 2))


@pytest.mark.parametrize(
    ("splitter", "expected"),
    [
        # n interactions: (train, valid, test) for n = 1, 2, 3, 10, 20
        (Ratio(), [(1, 0, 0), (1, 0, 1), (2, 0, 1), (6, 1, 3), (13, 1, 6)]),
        (Ratio(train=0.8, valid=0.0), [(1, 0, 0), (2, 0, 0), (2, 0, 1), (8, 0, 2), (16, 0, 4)]),
        (Ratio(train=0.01, valid=0.9), [(1, 0, 0), (1, 0, 1), (1, 0, 2), (1, 0, 9), (1, 0, 19)]),
        (LeaveOneOut(), [(1, 0, 0), (1, 0, 1), (1, 1, 1), (8, 1, 1), (18, 1, 1)]),
        (Published(), [(1, 0, 0), (1, 0, 1), (2, 0, 1), (8, 1, 1), (17, 2, 1)]),
    ],
)
def test_sizes(splitter: Splitter, expected: list[tuple[int, int, int]]) -> None:
    split = splitter.split(data_of([1, 2, 3, 10, 20]), RunContext())
    assert list(zip(*(part.counts.tolist() for part in parts(split)), strict=True)) == expected


def test_another_seed_gives_another_split() -> None:
    data = data_of([20, 20])
    prints = {Ratio().split(data, RunContext(seed)).fingerprint() for seed in range(5)}
    assert len(prints) == 5


def test_each_item_is_as_likely_to_be_tested() -> None:
    data = data_of([10] * 3000)
    tested = np.bincount(Ratio().split(data, RunContext()).test.indices, minlength=N_ITEMS)[:10]
    assert tested.sum() == 9000
    assert np.all(np.abs(tested - 900) < 120)  # five standard deviations of a hypergeometric draw


def test_published_test_part_is_kept() -> None:
    data = data_of([5, 9])
    assert data.published is not None
    for seed in range(3):
        split = Published().split(data, RunContext(seed))
        assert split.test.digest() == data.published[1].digest()
        assert split.seen.digest() == data.published[0].digest()


def test_no_published_split() -> None:
    with pytest.raises(BadData) as error:
        Published().split(data_of([5], published=False), RunContext())
    assert (
        str(error.value) == "the data set (made up) has no published split; give --split ratio or --split leave_one_out"
    )


@pytest.mark.parametrize("splitter", [Ratio(), LeaveOneOut(), Published()])
def test_no_user_left(splitter: Splitter) -> None:
    with pytest.raises(BadData) as error:
        splitter.split(data_of([1, 1, 1, 0]), RunContext())
    assert str(error.value) == (
        f"no user has a test interaction after split '{splitter.name}' (4 users with 3 interactions); "
        "test users need two or more"
    )
