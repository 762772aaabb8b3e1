import torch

from hashbench.components.heads.sign_ste import SignSTE

from .laws import LearnedHeadTests, assert_schedule, relax, values


class TestSignSTE(LearnedHeadTests):
    component = SignSTE(16)


def test_the_loss_sees_the_code():
    z = values()
    assert torch.allclose(relax(SignSTE(16), z, 0.0), torch.sign(z), atol=1e-6)


def test_nothing_is_annealed():
    assert_schedule(SignSTE(16), [None, None, None])
