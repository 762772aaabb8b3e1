from hashbench.components.encoders.bine import BiNE
from hashbench.data.interactions import Interactions
from hashbench.testing import EncoderTests

from .laws import assert_unknown_items_of_the_own_group_come_before_the_others


class TestBiNE(EncoderTests):
    component = BiNE()


def test_unknown_items_of_the_own_group_come_before_the_others():
    assert_unknown_items_of_the_own_group_come_before_the_others(BiNE(dim=4, epochs=50, max_walks=32))


def test_central_nodes_start_more_walks():
    """User 0 has four items, and shares three of them with user 1 and one with user 2."""
    train = Interactions.from_pairs([0, 0, 0, 0, 1, 1, 1, 2], [0, 1, 2, 3, 0, 1, 2, 3], 3, 4)
    n_walks = BiNE(max_walks=10)._n_walks(train)
    assert n_walks[0] == 10
    assert n_walks[0] > n_walks[1] > n_walks[2] >= 1
