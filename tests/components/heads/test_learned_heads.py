import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch.distributions import RelaxedOneHotCategorical

from hashbench.components.heads.guided_ste import GuidedSTE
from hashbench.components.heads.gumbel import Gumbel
from hashbench.components.heads.hashnet import HashNet
from hashbench.components.heads.layer import straight_through
from hashbench.components.heads.lsh import LSH
from hashbench.components.heads.sign_ste import SignSTE
from hashbench.protocols import Embeddings, RunContext

CTX = RunContext(seed=3)
LEARNED = [SignSTE(16), GuidedSTE(16), HashNet(16), Gumbel(16)]


def values(n=4000, bits=16):
    return torch.randn(n, bits, generator=torch.Generator().manual_seed(0))


def relax(head, z, progress):
    return head.build(8, CTX).relaxed(z, progress, torch.Generator().manual_seed(1))


def test_straight_through_is_sign_forward_and_the_gradient_of_tanh_backward():
    z = torch.tensor([-2.0, -0.1, 0.0, 0.3], requires_grad=True)
    code = straight_through(z)
    assert code.tolist() == [-1, -1, 1, 1]
    code.sum().backward()
    assert torch.allclose(z.grad, 1 - torch.tanh(z.detach()) ** 2)


def test_guided_ste_mixes_embedding_and_code_with_chance_p():
    head, z = GuidedSTE(16), values()
    for progress in (0.0, 0.3, 1.0):
        p = head.build(8, CTX).schedule(progress)
        mixed = relax(head, z, progress)
        guided = torch.isclose(mixed, torch.tanh(z), atol=1e-6)
        coded = torch.isclose(mixed, torch.sign(z), atol=1e-6)
        assert torch.all(guided | coded)
        assert guided.float().mean().item() == pytest.approx(p, abs=0.01)


def test_guided_ste_starts_from_the_embedding_and_sign_ste_is_the_code():
    z = values()
    assert torch.allclose(relax(GuidedSTE(16), z, 0.0), torch.tanh(z), atol=1e-6)
    assert torch.allclose(relax(SignSTE(16), z, 0.0), torch.sign(z), atol=1e-6)


def test_hashnet_goes_from_tanh_to_nearly_sign():
    head, z = HashNet(16, beta_end=10.0, warm_up=0.1), values()
    layer = head.build(8, CTX)
    assert [layer.schedule(progress) for progress in (0.0, 0.1, 1.0)] == [1, 1, pytest.approx(10)]
    assert layer.schedule(0.55) == pytest.approx(math.sqrt(10))
    assert torch.allclose(relax(head, z, 1.0), torch.tanh(10 * z), atol=1e-5)


def test_gumbel_bits_follow_the_two_state_distribution_and_harden_as_it_cools():
    """The share of +1 is σ(2z): the softmax over the logits ±z."""
    z = torch.linspace(-2, 2, 9).repeat(20_000, 1)
    head = Gumbel(9)
    warm, cold = relax(head, z, 0.0), relax(head, z, 1.0)
    for sample in (warm, cold):
        assert torch.allclose((sample > 0).float().mean(0), torch.sigmoid(2 * z[0]), atol=0.015)
    assert cold.abs().mean() > warm.abs().mean()


@pytest.mark.parametrize("progress", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("z", [-1.5, 0.0, 0.4])
def test_a_gumbel_bit_is_the_difference_of_a_relaxed_one_hot_vectors_two_states(progress, z):
    layer, n = Gumbel(1).build(8, CTX), 20_000
    mine = layer.relaxed(torch.full((n, 1), z), progress, torch.Generator().manual_seed(1))[:, 0]
    torch.manual_seed(2)
    both = RelaxedOneHotCategorical(torch.tensor(layer.schedule(progress)), logits=torch.tensor([z, -z])).sample([n])
    # Clipped where float32 rounds to the ends.
    samples = [one.clamp(-0.999, 0.999).numpy() for one in (mine, both[:, 0] - both[:, 1])]
    assert stats.ks_2samp(*samples).pvalue > 0.001


@pytest.mark.parametrize("progress", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("head", [HashNet(16), Gumbel(16)], ids=lambda head: head.name)
def test_the_gradient_of_a_smooth_relaxation_is_the_finite_difference(head, progress):
    z, h = values(n=20).double().requires_grad_(), 1e-5
    (gradient,) = torch.autograd.grad(relax(head, z, progress).sum(), z)
    with torch.no_grad():
        slope = (relax(head, z + h, progress) - relax(head, z - h, progress)) / (2 * h)
    assert torch.allclose(gradient, slope, atol=1e-6)


def test_the_gradient_of_guided_ste_is_that_of_tanh_wherever_the_code_is_taken_or_the_embedding():
    z = values(n=20).requires_grad_()
    for progress in (0.0, 0.5, 1.0):
        (gradient,) = torch.autograd.grad(relax(GuidedSTE(16), z, progress).sum(), z)
        assert torch.allclose(gradient, 1 - torch.tanh(z.detach()) ** 2, atol=1e-6)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (SignSTE(16), [None, None, None]),
        (GuidedSTE(16, p_start=0.8, p_end=0.2), [0.8, 0.4, 0.2]),
        (HashNet(16, beta_end=16.0, warm_up=0.0), [1, 4, 16]),
        (HashNet(16, beta_end=16.0, warm_up=0.5), [1, 1, 16]),
        (Gumbel(16, tau_start=1.0, tau_end=0.25), [1, 0.5, 0.25]),
    ],
    ids=str,
)
def test_schedules_at_the_start_half_way_and_at_the_end(head, expected):
    layer = head.build(8, CTX)
    assert [layer.schedule(progress) for progress in (0.0, 0.5, 1.0)] == pytest.approx(expected)


@pytest.mark.parametrize("head", LEARNED, ids=lambda head: head.name)
@given(progress=st.floats(0, 1))
def test_relaxed_values_lie_within_the_codes_reach_and_carry_gradients(head, progress):
    z = values(50).requires_grad_()
    relaxed = relax(head, z, progress)
    assert relaxed.shape == z.shape
    assert relaxed.abs().max() <= 1 + 1e-5
    relaxed.sum().backward()
    assert torch.isfinite(z.grad).all()
    assert z.grad.abs().sum() > 0


@pytest.mark.parametrize("head", LEARNED, ids=lambda head: head.name)
def test_schedules_end_alike_whatever_the_number_of_steps(head):
    layer = head.build(8, CTX)
    ends = {layer.schedule(step / (steps - 1)) for steps in (2, 77, 5000) for step in (steps - 1,)}
    assert len(ends) == 1


def inputs(n=30, seed=2):
    """Far from 0 and of unequal spread, as encoders' outputs may be."""
    u = torch.randn(n, 8, generator=torch.Generator().manual_seed(seed))
    return 5 + u * torch.arange(1, 9) / 100


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("head", LEARNED, ids=lambda head: head.name)
def test_hardened_codes_are_the_signs_of_the_layer_and_do_not_follow_it(head, batch_norm):
    layer = dataclasses.replace(head, batch_norm=batch_norm).build(8, CTX)
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
    sure = abs(z) > 1e-4
    assert np.array_equal(hashed.codes.signs()[sure], np.sign(z)[sure])


@given(size=st.floats(1e-3, 1e4), shift=st.floats(-10, 10))
def test_normalised_values_have_unit_spread_about_zero_whatever_the_encoder_gives(size, shift):
    z = SignSTE(16).build(8, CTX).users((inputs(200) + shift) * size)
    assert torch.allclose(z.mean(0), torch.zeros(16), atol=1e-2)
    assert torch.allclose(z.std(0, correction=0), torch.ones(16), atol=1e-2)


@pytest.mark.parametrize("head", LEARNED, ids=lambda head: head.name)
def test_the_loss_sees_the_relaxed_values_of_both_sides_scaled(head):
    u = inputs(30)
    users, items = head.build(8, CTX).relax(u[:10], u[10:], 0.5, torch.Generator().manual_seed(1))
    layer = head.build(8, CTX)
    expected = layer.relaxed(layer.users(u), 0.5, torch.Generator().manual_seed(1)) * head.scale**0.5
    assert torch.equal(torch.cat([users, items]), expected)


@pytest.mark.parametrize("head", LEARNED, ids=lambda head: head.name)
def test_items_may_have_a_map_of_their_own(head):
    u = inputs(30)
    layer = dataclasses.replace(head, separate_item_map=True).build(8, CTX)
    users, items = layer.relax(u[:10], u[10:], 0.5, torch.Generator().manual_seed(1))
    z = torch.cat([layer.users(u[:10]), layer.separate_item_map(u[10:])])
    expected = layer.relaxed(z, 0.5, torch.Generator().manual_seed(1)) * head.scale**0.5
    assert torch.equal(torch.cat([users, items]), expected)
    assert not torch.equal(layer.users.weight, layer.separate_item_map.weight)
    hasher = layer.eval().harden()
    for mine, found in ((layer.users, hasher.hash_users), (layer.separate_item_map, hasher.hash_items)):
        assert np.allclose(found(u.numpy()).embeddings, torch.tanh(mine(u)).detach(), atol=1e-4)


def test_without_normalisation_the_layer_is_linear():
    layer, u = SignSTE(16, batch_norm=False).build(8, CTX), inputs()
    assert torch.allclose(layer.users(u), u @ layer.users.weight)


@pytest.mark.parametrize("head", LEARNED, ids=lambda head: head.name)
def test_weights_depend_on_the_seed_alone(head):
    same = head.build(8, RunContext(seed=3)).users.weight
    assert torch.equal(head.build(8, CTX).users.weight, same)
    assert not torch.equal(head.build(8, RunContext(seed=4)).users.weight, same)


def test_lsh_bits_differ_in_proportion_to_the_angle():
    rng = np.random.default_rng(0)
    u = rng.standard_normal((2, 20)).astype(np.float32)
    hasher = LSH(4000).fit(Embeddings(u, u), None, CTX)
    signs = hasher.hash_users(u).codes.signs()
    angle = np.arccos(u[0] @ u[1] / np.linalg.norm(u[0]) / np.linalg.norm(u[1]))
    assert (signs[0] != signs[1]).mean() == pytest.approx(angle / np.pi, abs=0.03)
    assert np.array_equal(hasher.hash_users(-u).codes.signs(), -signs)
    assert np.array_equal(hasher.hash_items(u).codes.signs(), hasher.hash_users(u - u.mean(0)).codes.signs())
