import math

import pytest
import torch
import torch.nn.functional as F

from hashbench.components.objectives.softmax import ROWS, Softmax
from hashbench.testing import ObjectiveTests

from .laws import NEGATIVE, POSITIVE, DifferentiableObjectiveTests


class TestSoftmax(ObjectiveTests):
    component = Softmax()


class TestSoftmaxWithTwoNegatives(DifferentiableObjectiveTests):
    component = Softmax(negatives=2)


def test_by_hand():
    rows = [(2, 1, -1), (1, 0, 0.5)]
    expected = sum(-math.log(math.exp(row[0] / 0.5) / sum(math.exp(x / 0.5) for x in row)) for row in rows) / 2
    assert Softmax(negatives=2, temperature=0.5).loss(POSITIVE, NEGATIVE).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("n", [1, ROWS - 1, ROWS, 2 * ROWS + 3])
def test_loss_and_gradients_are_those_of_the_whole_batch_at_once(n):
    rng = torch.Generator().manual_seed(n)
    positive = torch.randn(n, generator=rng, dtype=torch.float64).requires_grad_()
    negative = torch.randn(n, 7, generator=rng, dtype=torch.float64)
    negative[torch.rand(n, 7, generator=rng) < 0.3] = -math.inf  # the user has interacted with these
    negative[0] = -math.inf
    negative.requires_grad_()
    scores = torch.cat([positive[:, None], negative], 1) / 0.2
    loss, expected = Softmax(temperature=0.2).loss(positive, negative), F.cross_entropy(scores, torch.zeros(n).long())
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    gradients = (torch.autograd.grad(3 * value, (positive, negative)) for value in (loss, expected))
    for actual, wanted in zip(*gradients, strict=True):
        assert torch.allclose(actual, wanted, rtol=1e-10, atol=1e-15)
