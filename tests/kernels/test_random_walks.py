import numpy as np
import pytest

from hashbench.data.interactions import Interactions
from hashbench.kernels.random_walks import TwoSteps, WalkOptions, train_on_walks, walk_two_steps
from hashbench.kernels.skip_gram import Negatives


@pytest.fixture
def graph():
    """User 0 has four items, and shares three of them with user 1 and one with user 2."""
    there = Interactions.from_pairs([0, 0, 0, 0, 1, 1, 1, 2], [0, 1, 2, 3, 0, 1, 2, 3], 3, 4)
    back = Interactions.from_pairs(there.indices, there.users(), 4, 3)
    return TwoSteps(there.indptr, there.indices, np.cumsum(back.counts[there.indices]), back.indptr, back.indices)


@pytest.mark.parametrize(("node", "shares"), [(0, [4, 3, 1]), (1, [3, 3, 0]), (2, [1, 0, 1])])
def test_steps_go_in_proportion_to_common_neighbours(graph, node, shares):
    reached = np.bincount([walk_two_steps(node, graph) for _ in range(4000)], minlength=3) / 4000
    assert reached == pytest.approx(np.array(shares) / sum(shares), abs=0.04)


def walked(graph, stop, seed=0):
    centres, contexts = np.ones((3, 2), np.float32), np.zeros((3, 2), np.float32)
    negatives = Negatives(np.arange(3, dtype=np.int32), 1)
    train_on_walks(graph, np.array([0, 2, 0]), centres, contexts, WalkOptions(stop, 2), negatives, 0.1, seed)
    return centres, contexts


def test_a_walk_that_ends_at_once_has_no_pairs(graph):
    centres, contexts = walked(graph, 1.0)
    assert (centres == 1).all()
    assert (contexts == 0).all()


def test_walks_move_contexts_and_are_those_of_the_seed(graph):
    _, contexts = walked(graph, 0.1)
    assert (contexts != 0).any()
    assert np.array_equal(contexts, walked(graph, 0.1)[1])
    assert not np.array_equal(contexts, walked(graph, 0.1, seed=1)[1])
