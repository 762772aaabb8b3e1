"""The conformance tests of objectives fail for an objective that breaks a law."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch.nn.functional as F

from hashbench.components.objectives.base import BaseObjective
from hashbench.testing import ObjectiveTests


@dataclass(frozen=True)
class Reversed(BaseObjective):
    """Bayesian personalised ranking with its sign reversed, of shared negatives that are not masked."""

    name: ClassVar[str] = "reversed"
    shares_negatives: ClassVar[bool] = True
    n_negatives: ClassVar[int] = 2

    def loss(self, positive, negative):
        return F.softplus(positive[:, None] - negative.clamp(min=-9)).mean()


class ReversedTests(ObjectiveTests):
    component = Reversed()


def test_an_objective_that_prefers_negatives_fails():
    ReversedTests().test_the_loss_is_one_finite_number_with_gradients()
    with pytest.raises(AssertionError):
        ReversedTests().test_it_prefers_the_positive()


def test_shared_negatives_that_are_not_masked_fail():
    with pytest.raises(AssertionError):
        ReversedTests().test_a_negative_that_scores_minus_infinity_costs_nothing_and_gets_no_gradient()
