import pytest
import torch

from hashbench.components.heads.guided_ste import GuidedSTE

from .laws import CTX, LearnedHeadTests, assert_schedule, relax, values


class TestGuidedSTE(LearnedHeadTests):
    component = GuidedSTE(16)


def test_it_mixes_embedding_and_code_with_probability_p():
    head, z = GuidedSTE(16), values()
    for progress in (0.0, 0.3, 1.0):
        p = head.build(8, CTX).schedule(progress)
        mixed = relax(head, z, progress)
        guided = torch.isclose(mixed, torch.tanh(z), atol=1e-6)
        coded = torch.isclose(mixed, torch.sign(z), atol=1e-6)
        assert torch.all(guided | coded)
        assert guided.float().mean().item() == pytest.approx(p, abs=0.01)


def test_it_starts_from_the_embedding():
    z = values()
    assert torch.allclose(relax(GuidedSTE(16), z, 0.0), torch.tanh(z), atol=1e-6)


def test_the_gradient_is_that_of_tanh_for_the_code_and_for_the_embedding():
    z = values(n=20).requires_grad_()
    for progress in (0.0, 0.5, 1.0):
        (gradient,) = torch.autograd.grad(relax(GuidedSTE(16), z, progress).sum(), z)
        assert torch.allclose(gradient, 1 - torch.tanh(z.detach()) ** 2, atol=1e-6)


def test_p_falls_geometrically():
    assert_schedule(GuidedSTE(16, p_start=0.8, p_end=0.2), [0.8, 0.4, 0.2])
