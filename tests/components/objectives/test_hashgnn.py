import math

import pytest

from hashbench.components.objectives.hashgnn import HashGNN
from hashbench.testing import ObjectiveTests

from .laws import NEGATIVE, POSITIVE, DifferentiableObjectiveTests, sigmoid


class TestHashGNN(ObjectiveTests):
    component = HashGNN()


class TestHashGNNWithTwoNegatives(DifferentiableObjectiveTests):
    component = HashGNN(negatives=2)


@pytest.mark.parametrize("rank_weight", [0.0, 0.5])
def test_by_hand(rank_weight):
    links = sum(-math.log(sigmoid(x)) for x in (2, 1)) / 2
    non_links = sum(-math.log(1 - sigmoid(x)) for x in (1, -1, 0, 0.5)) / 4
    triplets = [(2, 1), (2, -1), (1, 0), (1, 0.5)]
    ranks = sum(max(0, -sigmoid(positive) + sigmoid(negative) + 0.2) for positive, negative in triplets) / 4
    loss = HashGNN(rank_weight=rank_weight, negatives=2).loss(POSITIVE, NEGATIVE).item()
    assert loss == pytest.approx(links + non_links + rank_weight * ranks, rel=1e-6)
