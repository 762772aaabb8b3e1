import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from hashbench.components.heads.batch_norm import EPS, MOMENTUM, BatchNorm


@given(n=st.integers(2, 50), n_bits=st.integers(1, 9), seed=st.integers(0, 1000))
def test_it_is_torchs_batch_normalisation(n, n_bits, seed):
    rng = torch.Generator().manual_seed(seed)
    # In float64: of two rows that are nearly equal, float32 leaves rounding alone.
    ours, theirs = BatchNorm(n_bits).double(), nn.BatchNorm1d(n_bits, eps=EPS, momentum=MOMENTUM).double()
    for _ in range(3):
        values = 3 + 2 * torch.randn(n, n_bits, generator=rng, dtype=torch.float64)
        ours.weight.data.copy_(torch.randn(n_bits, generator=rng))
        theirs.load_state_dict(ours.state_dict(), strict=False)
        a, b = values.clone().requires_grad_(), values.clone().requires_grad_()
        ours_out, theirs_out = ours(a), theirs(b)
        assert torch.allclose(ours_out, theirs_out, atol=1e-3)
        target = torch.randn(n, n_bits, generator=rng, dtype=torch.float64)
        (ours_out * target).sum().backward()
        (theirs_out * target).sum().backward()
        if n > 2:  # of two rows each is at ±1 whatever it was: the gradient is rounding
            assert torch.allclose(a.grad, b.grad, rtol=1e-2, atol=1e-2)
    assert ours.running_var.tolist() == pytest.approx(theirs.running_var.tolist(), rel=1e-3)
    assert torch.allclose(ours.eval()(values), theirs.eval()(values), rtol=1e-3, atol=1e-3)


def test_threads_do_not_change_a_bit():
    values = torch.randn(6000, 33, generator=torch.Generator().manual_seed(0))
    before = torch.get_num_threads()
    results = []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        a = values.clone().requires_grad_()
        out = BatchNorm(33)(a)
        out.pow(3).sum().backward()
        results.append((out.detach(), a.grad))
    torch.set_num_threads(before)
    for out, grad in results[1:]:
        assert torch.equal(out, results[0][0])
        assert torch.equal(grad, results[0][1])
