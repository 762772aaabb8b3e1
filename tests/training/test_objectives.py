import math

import pytest
import torch

from hashbench.objectives.bpr import BPR
from hashbench.objectives.hashgnn import HashGNN
from hashbench.objectives.softmax import Softmax

POSITIVE = torch.tensor([2.0, 1.0])
NEGATIVE = torch.tensor([[1.0, -1.0], [0.0, 0.5]])


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_bpr_by_hand():
    margins = [2 - 1, 2 + 1, 1 - 0, 1 - 0.5]
    expected = sum(-math.log(sigmoid(margin)) for margin in margins) / 4
    assert BPR(2).loss(POSITIVE, NEGATIVE).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("rank_weight", [0.0, 0.5])
def test_hashgnn_by_hand(rank_weight):
    links = sum(-math.log(sigmoid(x)) for x in (2, 1)) / 2
    non_links = sum(-math.log(1 - sigmoid(x)) for x in (1, -1, 0, 0.5)) / 4
    triplets = [(2, 1), (2, -1), (1, 0), (1, 0.5)]
    ranks = sum(max(0, -sigmoid(near) + sigmoid(far) + 0.2) for near, far in triplets) / 4
    loss = HashGNN(rank_weight=rank_weight, negatives=2).loss(POSITIVE, NEGATIVE).item()
    assert loss == pytest.approx(links + non_links + rank_weight * ranks, rel=1e-6)


def test_softmax_by_hand():
    rows = [(2, 1, -1), (1, 0, 0.5)]
    expected = sum(-math.log(math.exp(row[0] / 0.5) / sum(math.exp(x / 0.5) for x in row)) for row in rows) / 2
    assert Softmax(negatives=2, temperature=0.5).loss(POSITIVE, NEGATIVE).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("objective", [BPR(2), HashGNN(negatives=2), Softmax(negatives=2)], ids=lambda one: one.name)
def test_gradients_are_the_finite_differences(objective):
    scores = POSITIVE.double().requires_grad_(), NEGATIVE.double().requires_grad_()
    assert torch.autograd.gradcheck(objective.loss, scores)
