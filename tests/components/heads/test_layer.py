"""The hash layer that the learned heads share; laws.py holds what each head must keep to."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from hashbench.components.heads.layer import straight_through
from hashbench.components.heads.sign_ste import SignSTE

from .laws import CTX, inputs


def test_straight_through_is_sign_forward_and_the_gradient_of_tanh_backward():
    z = torch.tensor([-2.0, -0.1, 0.0, 0.3], requires_grad=True)
    code = straight_through(z)
    assert code.tolist() == [-1, -1, 1, 1]
    code.sum().backward()
    assert torch.allclose(z.grad, 1 - torch.tanh(z.detach()) ** 2)


@given(size=st.floats(1e-3, 1e4), shift=st.floats(-10, 10))
def test_normalised_values_have_unit_spread_about_zero_whatever_the_encoder_gives(size, shift):
    z = SignSTE(16).build(8, CTX).users((inputs(200) + shift) * size)
    assert torch.allclose(z.mean(0), torch.zeros(16), atol=1e-2)
    assert torch.allclose(z.std(0, correction=0), torch.ones(16), atol=1e-2)


def test_without_normalisation_the_layer_is_linear():
    layer, u = SignSTE(16, batch_norm=False).build(8, CTX), inputs()
    assert torch.allclose(layer.users(u), u @ layer.users.weight)
