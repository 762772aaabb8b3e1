import math

import pytest

from hashbench.components.objectives.bpr import BPR
from hashbench.testing import ObjectiveTests

from .laws import NEGATIVE, POSITIVE, DifferentiableObjectiveTests, sigmoid


class TestBPR(ObjectiveTests):
    component = BPR()


class TestBPRWithTwoNegatives(DifferentiableObjectiveTests):
    component = BPR(2)


def test_by_hand():
    margins = [2 - 1, 2 + 1, 1 - 0, 1 - 0.5]
    expected = sum(-math.log(sigmoid(margin)) for margin in margins) / 4
    assert BPR(2).loss(POSITIVE, NEGATIVE).item() == pytest.approx(expected, rel=1e-6)
