"""Adam of rows is torch's sparse Adam."""

import copy

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from hashbench.training.row_adam import RowAdam

ROWS, DIM = 12, 5

steps = st.lists(st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=20), min_size=1, max_size=6)


def sparse(rows, seed):
    values = torch.randn(len(rows), DIM, generator=torch.Generator().manual_seed(seed))
    return torch.sparse_coo_tensor(torch.tensor([rows]), values, (ROWS, DIM), check_invariants=True)


@given(steps, st.integers(1, 3), st.sampled_from([0.001, 0.1]))
@settings(deadline=None, max_examples=60)
def test_it_moves_tables_as_torch_does(several, threads, lr):
    start = torch.randn(ROWS, DIM, generator=torch.Generator().manual_seed(0))
    mine, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    optimizers = [RowAdam([mine], lr, threads=threads), torch.optim.SparseAdam([theirs], lr=lr)]
    for seed, rows in enumerate(several):
        for table, optimizer in zip((mine, theirs), optimizers, strict=True):
            table.grad = sparse(rows, seed)
            optimizer.step()
    assert torch.allclose(mine, theirs, atol=1e-6, rtol=1e-5)
    for name in ("exp_avg", "exp_avg_sq"):
        states = [optimizer.state[table][name] for table, optimizer in zip((mine, theirs), optimizers, strict=True)]
        assert torch.allclose(*states, atol=1e-6, rtol=1e-5)
    untouched = sorted(set(range(ROWS)) - {row for rows in several for row in rows})
    assert torch.equal(mine[untouched], start[untouched])


def test_a_state_that_was_loaded_goes_on():
    tables = [nn.Parameter(torch.ones(ROWS, DIM)) for _ in range(2)]
    first = RowAdam([tables[0]], 0.1)
    for seed in range(3):
        tables[0].grad = sparse([1, 4], seed)
        first.step()
    tables[1].data.copy_(tables[0])
    second = RowAdam([tables[1]], 0.1)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for table, optimizer in zip(tables, (first, second), strict=True):
        table.grad = sparse([4, 7], 9)
        optimizer.step()
    assert torch.equal(*tables)
    assert second.state[tables[1]]["step"] == 4


def test_without_a_gradient_nothing_moves():
    table = nn.Parameter(torch.ones(2, 2))
    RowAdam([table], 0.1).step()
    assert torch.equal(table, torch.ones(2, 2))
