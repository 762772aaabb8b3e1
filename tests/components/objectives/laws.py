"""Scores and laws that the objectives share."""

import math

import torch

from hashbench.testing import ObjectiveTests

POSITIVE = torch.tensor([2.0, 1.0])
NEGATIVE = torch.tensor([[1.0, -1.0], [0.0, 0.5]])


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


class DifferentiableObjectiveTests(ObjectiveTests):
    """The laws of all objectives, and the gradient of one with two negatives."""

    def test_gradients_are_the_finite_differences(self):
        scores = POSITIVE.double().requires_grad_(), NEGATIVE.double().requires_grad_()
        assert torch.autograd.gradcheck(self.component.loss, scores)
