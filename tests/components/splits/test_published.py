import pytest

from hashbench.components.splits.published import Published
from hashbench.errors import BadData
from hashbench.protocols import RunContext

from .laws import EverySplitTests, data_of, sizes


class TestPublished(EverySplitTests):
    component = Published()


class TestPublishedWithMuchValidation(EverySplitTests):
    component = Published(valid=0.9)


def test_sizes() -> None:
    assert sizes(Published()) == [(1, 0, 0), (1, 0, 1), (2, 0, 1), (8, 1, 1), (17, 2, 1)]


def test_the_published_test_part_is_kept() -> None:
    data = data_of([5, 9])
    assert data.published is not None
    for seed in range(3):
        split = Published().split(data, RunContext(seed))
        assert split.test.digest() == data.published[1].digest()
        assert split.seen.digest() == data.published[0].digest()


def test_no_published_split_is_an_error() -> None:
    with pytest.raises(BadData) as error:
        Published().split(data_of([5], published=False), RunContext())
    message = "the data set (generated) has no published split; give --split ratio or --split leave_one_out"
    assert str(error.value) == message
