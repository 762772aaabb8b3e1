import math

import pytest
import torch
import torch.nn.functional as F

from hashbench.components.objectives.bpr import BPR
from hashbench.components.objectives.hashgnn import HashGNN
from hashbench.components.objectives.softmax import ROWS, Softmax

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


@pytest.mark.parametrize("n", [1, ROWS - 1, ROWS, 2 * ROWS + 3])
def test_softmax_and_its_gradients_are_those_of_the_whole_batch_at_once(n):
    rng = torch.Generator().manual_seed(n)
    positive = torch.randn(n, generator=rng, dtype=torch.float64).requires_grad_()
    negative = torch.randn(n, 7, generator=rng, dtype=torch.float64)
    negative[torch.rand(n, 7, generator=rng) < 0.3] = -math.inf  # known to the user
    negative[0] = -math.inf
    negative.requires_grad_()
    scores = torch.cat([positive[:, None], negative], 1) / 0.2
    loss, expected = Softmax(temperature=0.2).loss(positive, negative), F.cross_entropy(scores, torch.zeros(n).long())
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    gradients = (torch.autograd.grad(3 * one, (positive, negative)) for one in (loss, expected))
    for mine, theirs in zip(*gradients, strict=True):
        assert torch.allclose(mine, theirs, rtol=1e-10, atol=1e-15)
