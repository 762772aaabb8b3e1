import math

import pytest
import torch

from hashbench.components.heads.hashnet import HashNet

from .laws import CTX, LearnedHeadTests, assert_gradient_is_the_finite_difference, assert_schedule, relax, values


class TestHashNet(LearnedHeadTests):
    component = HashNet(16)


def test_it_goes_from_tanh_to_nearly_sign():
    head, z = HashNet(16, beta_end=10.0, warm_up=0.1), values()
    layer = head.build(8, CTX)
    assert [layer.schedule(progress) for progress in (0.0, 0.1, 1.0)] == [1, 1, pytest.approx(10)]
    assert layer.schedule(0.55) == pytest.approx(math.sqrt(10))
    assert torch.allclose(relax(head, z, 1.0), torch.tanh(10 * z), atol=1e-5)


@pytest.mark.parametrize("progress", [0.0, 0.3, 1.0])
def test_the_gradient_is_the_finite_difference(progress):
    assert_gradient_is_the_finite_difference(HashNet(16), progress)


@pytest.mark.parametrize(("warm_up", "expected"), [(0.0, [1, 4, 16]), (0.5, [1, 1, 16])])
def test_beta_grows_after_the_warm_up(warm_up, expected):
    assert_schedule(HashNet(16, beta_end=16.0, warm_up=warm_up), expected)
