"""Laws of every head with HashGNN's hash layer: `class TestGumbel(LearnedHeadTests)` names the head."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashbench.protocols import RunContext
from hashbench.testing import HashHeadTests

CTX = RunContext(seed=3)


def values(n=4000, bits=16):
    """Return z float[n, bits], drawn from N(0, 1)."""
    return torch.randn(n, bits, generator=torch.Generator().manual_seed(0))


def inputs(n=30, seed=2):
    """Return float[n, 8] far from 0 and of unequal spread, as encoders' outputs may be."""
    u = torch.randn(n, 8, generator=torch.Generator().manual_seed(seed))
    return 5 + u * torch.arange(1, 9) / 100


def relax(head, z, progress):
    return head.build(8, CTX).relaxed(z, progress, torch.Generator().manual_seed(1))


class LearnedHeadTests(HashHeadTests):
    """The laws of all heads, and those of the layer; `component` must have 16 bits."""

    @settings(suppress_health_check=[HealthCheck.differing_executors])  # a law runs once per subclass
    @given(progress=st.floats(0, 1))
    def test_relaxed_values_lie_within_the_codes_reach_and_carry_gradients(self, progress):
        z = values(50).requires_grad_()
        relaxed = relax(self.component, z, progress)
        assert relaxed.shape == z.shape
        assert relaxed.abs().max() <= 1 + 1e-5
        relaxed.sum().backward()
        assert torch.isfinite(z.grad).all()
        assert z.grad.abs().sum() > 0

    def test_schedules_end_alike_whatever_the_number_of_steps(self):
        layer = self.component.build(8, CTX)
        ends = {layer.schedule(step / (steps - 1)) for steps in (2, 77, 5000) for step in (steps - 1,)}
        assert len(ends) == 1

    @pytest.mark.parametrize("batch_norm", [True, False])
    def test_hardened_codes_are_the_signs_of_the_layer_and_do_not_follow_it(self, batch_norm):
        layer = dataclasses.replace(self.component, batch_norm=batch_norm).build(8, CTX)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        for seed in range(5):
            layer.users(inputs(seed=seed)).square().mean().backward()
            optimizer.step()
        u = inputs()
        z = layer.eval().users(u).detach().numpy()
        hasher = layer.harden()
        with torch.no_grad():
            layer.users.weight.zero_()
            layer.users.norm.bias.zero_()
        hashed = hasher.hash_users(u.numpy())
        assert np.allclose(hashed.embeddings, np.tanh(z), atol=1e-4)
        certain = abs(z) > 1e-4
        assert np.array_equal(hashed.codes.signs()[certain], np.sign(z)[certain])

    def test_the_loss_sees_the_relaxed_values_of_both_sides_scaled(self):
        u = inputs(30)
        users, items = self.component.build(8, CTX).relax(u[:10], u[10:], 0.5, torch.Generator().manual_seed(1))
        layer = self.component.build(8, CTX)
        expected = layer.relaxed(layer.users(u), 0.5, torch.Generator().manual_seed(1)) * self.component.scale**0.5
        assert torch.equal(torch.cat([users, items]), expected)

    def test_items_may_have_their_own_map(self):
        u = inputs(30)
        layer = dataclasses.replace(self.component, separate_item_map=True).build(8, CTX)
        users, items = layer.relax(u[:10], u[10:], 0.5, torch.Generator().manual_seed(1))
        z = torch.cat([layer.users(u[:10]), layer.separate_item_map(u[10:])])
        expected = layer.relaxed(z, 0.5, torch.Generator().manual_seed(1)) * self.component.scale**0.5
        assert torch.equal(torch.cat([users, items]), expected)
        assert not torch.equal(layer.users.weight, layer.separate_item_map.weight)
        hasher = layer.eval().harden()
        for side_map, hash_side in ((layer.users, hasher.hash_users), (layer.separate_item_map, hasher.hash_items)):
            assert np.allclose(hash_side(u.numpy()).embeddings, torch.tanh(side_map(u)).detach(), atol=1e-4)

    def test_weights_depend_on_the_seed_alone(self):
        weight = self.component.build(8, RunContext(seed=3)).users.weight
        assert torch.equal(self.component.build(8, CTX).users.weight, weight)
        assert not torch.equal(self.component.build(8, RunContext(seed=4)).users.weight, weight)


def assert_schedule(head, expected):
    """Compare the annealed values at the start, half way and at the end."""
    layer = head.build(8, CTX)
    assert [layer.schedule(progress) for progress in (0.0, 0.5, 1.0)] == pytest.approx(expected)


def assert_gradient_is_the_finite_difference(head, progress):
    z, h = values(n=20).double().requires_grad_(), 1e-5
    (gradient,) = torch.autograd.grad(relax(head, z, progress).sum(), z)
    with torch.no_grad():
        slope = (relax(head, z + h, progress) - relax(head, z - h, progress)) / (2 * h)
    assert torch.allclose(gradient, slope, atol=1e-6)
