import pytest
import torch
from scipy import stats
from torch.distributions import RelaxedOneHotCategorical

from hashbench.components.heads.gumbel import Gumbel

from .laws import CTX, LearnedHeadTests, assert_gradient_is_the_finite_difference, assert_schedule, relax


class TestGumbel(LearnedHeadTests):
    component = Gumbel(16)


def test_bits_follow_the_two_state_distribution_and_harden_as_it_cools():
    """The share of +1 is σ(2z): the softmax over the logits ±z."""
    z = torch.linspace(-2, 2, 9).repeat(20_000, 1)
    head = Gumbel(9)
    warm, cold = relax(head, z, 0.0), relax(head, z, 1.0)
    for sample in (warm, cold):
        assert torch.allclose((sample > 0).float().mean(0), torch.sigmoid(2 * z[0]), atol=0.015)
    assert cold.abs().mean() > warm.abs().mean()


@pytest.mark.parametrize("progress", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("z", [-1.5, 0.0, 0.4])
def test_a_bit_is_the_difference_of_a_relaxed_one_hot_vectors_two_states(progress, z):
    layer, n = Gumbel(1).build(8, CTX), 20_000
    bits = layer.relaxed(torch.full((n, 1), z), progress, torch.Generator().manual_seed(1))[:, 0]
    torch.manual_seed(2)
    states = RelaxedOneHotCategorical(torch.tensor(layer.schedule(progress)), logits=torch.tensor([z, -z])).sample([n])
    # Clipped where float32 rounds to the ends.
    samples = [sample.clamp(-0.999, 0.999).numpy() for sample in (bits, states[:, 0] - states[:, 1])]
    assert stats.ks_2samp(*samples).pvalue > 0.001


@pytest.mark.parametrize("progress", [0.0, 0.3, 1.0])
def test_the_gradient_is_the_finite_difference(progress):
    assert_gradient_is_the_finite_difference(Gumbel(16), progress)


def test_the_temperature_falls_geometrically():
    assert_schedule(Gumbel(16, tau_start=1.0, tau_end=0.25), [1, 0.5, 0.25])
