"""Laws of all splits, in addition to the conformance tests: complete, seeded, fair to users with few interactions."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashbench.data.interactions import Interactions
from hashbench.data.loaded import LoadedData
from hashbench.data.split import InteractionSplit
from hashbench.errors import BadData
from hashbench.protocols import RunContext
from hashbench.testing import SplitterTests

N_ITEMS = 30
COUNTS = st.lists(st.integers(0, N_ITEMS), min_size=1, max_size=12).filter(lambda counts: max(counts) >= 2)


def data_of(counts: list[int], published: bool = True) -> LoadedData:
    """Users with so many items each; the last item of each is in the published test part."""
    users = np.repeat(np.arange(len(counts)), counts)
    items = np.concatenate([np.arange(count) for count in counts])
    everything = Interactions.from_pairs(users, items, len(counts), N_ITEMS)
    last = (items == np.array(counts)[users] - 1) & (items > 0)
    test = Interactions.from_pairs(users[last], items[last], len(counts), N_ITEMS)
    return LoadedData(everything, "generated", (everything.minus(test), test) if published else None)


def parts(split: InteractionSplit) -> list[Interactions]:
    return [split.train, split.valid, split.test]


def sizes(splitter) -> list[tuple[int, int, int]]:
    """Return (train, valid, test) of users with 1, 2, 3, 10 and 20 interactions."""
    split = splitter.split(data_of([1, 2, 3, 10, 20]), RunContext())
    return list(zip(*(part.counts.tolist() for part in parts(split)), strict=True))


class EverySplitTests(SplitterTests):
    """The laws; `component` is the split."""

    @settings(suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
    @given(COUNTS, st.integers(0, 9))
    def test_parts_are_disjoint_complete_and_seeded(self, counts: list[int], seed: int) -> None:
        data = data_of(counts)
        split = self.component.split(data, RunContext(seed))
        for left, right in combinations(parts(split), 2):
            assert not set(left.keys()) & set(right.keys())
        assert split.train.union(split.valid).union(split.test).digest() == data.interactions.digest()
        assert self.component.split(data, RunContext(seed)).fingerprint() == split.fingerprint()

    @settings(suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
    @given(COUNTS)
    def test_every_user_trains_and_users_with_two_are_tested(self, counts: list[int]) -> None:
        split = self.component.split(data_of(counts), RunContext())
        n_interactions = np.array(counts)
        assert np.all((split.train.counts >= 1) == (n_interactions >= 1))
        assert np.all((split.test.counts >= 1) == (n_interactions >= 2))

    def test_no_user_left_is_an_error(self) -> None:
        with pytest.raises(BadData) as error:
            self.component.split(data_of([1, 1, 1, 0]), RunContext())
        assert str(error.value) == (
            f"no user has a test interaction after split '{self.component.name}' (4 users with 3 interactions); "
            "test users need two or more"
        )
