import numpy as np
import pytest

from hashbench.components.splits.ratio import Ratio
from hashbench.protocols import RunContext

from .laws import N_ITEMS, EverySplitTests, data_of, sizes


class TestRatio(EverySplitTests):
    component = Ratio()


class TestHalves(EverySplitTests):
    component = Ratio(train=0.5, valid=0.5)


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        (Ratio(), [(1, 0, 0), (1, 0, 1), (2, 0, 1), (6, 1, 3), (13, 1, 6)]),
        (Ratio(train=0.8, valid=0.0), [(1, 0, 0), (2, 0, 0), (2, 0, 1), (8, 0, 2), (16, 0, 4)]),
        (Ratio(train=0.01, valid=0.9), [(1, 0, 0), (1, 0, 1), (1, 0, 2), (1, 0, 9), (1, 0, 19)]),
    ],
)
def test_sizes(split: Ratio, expected: list[tuple[int, int, int]]) -> None:
    assert sizes(split) == expected


def test_another_seed_gives_another_split() -> None:
    data = data_of([20, 20])
    fingerprints = {Ratio().split(data, RunContext(seed)).fingerprint() for seed in range(5)}
    assert len(fingerprints) == 5


def test_each_item_is_as_likely_to_be_tested() -> None:
    data = data_of([10] * 3000)
    tested = np.bincount(Ratio().split(data, RunContext()).test.indices, minlength=N_ITEMS)[:10]
    assert tested.sum() == 9000
    assert np.all(np.abs(tested - 900) < 120)  # five standard deviations of a hypergeometric draw
