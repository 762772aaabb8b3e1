"""A split: three disjoint sets of interactions of the same users and items."""

import pytest

from hashbench.data.interactions import Interactions
from hashbench.data.split import InteractionSplit
from hashbench.errors import BadData


def pairs(*items: int, n_items: int = 4) -> Interactions:
    return Interactions.from_pairs([0] * len(items), items, 1, n_items)


def test_seen_items_are_those_of_training_and_validation():
    split = InteractionSplit(pairs(0), pairs(2), pairs(1, 3))
    assert split.seen.row(0).tolist() == [0, 2]


def test_the_fingerprint_tells_which_part_an_interaction_is_in():
    split = InteractionSplit(pairs(0), pairs(2), pairs(1))
    assert split.fingerprint() == InteractionSplit(pairs(0), pairs(2), pairs(1)).fingerprint()
    assert split.fingerprint() != InteractionSplit(pairs(0), pairs(1), pairs(2)).fingerprint()


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (pairs(0), "an interaction is in more than one part"),
        (pairs(1, n_items=5), "the three parts must have the same users and items"),
    ],
)
def test_malformed_splits_are_refused(test, message):
    with pytest.raises(BadData, match=message):
        InteractionSplit(pairs(0), pairs(2), test)
