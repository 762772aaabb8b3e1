"""All optimizers of a model as one."""

import copy

import pytest
import torch

from hashbench.components.encoders.sage import Sage
from hashbench.components.heads.continuous import Continuous
from hashbench.components.objectives.bpr import BPR
from hashbench.data.interactions import Interactions
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.protocols import RunContext
from hashbench.training.model import Model
from hashbench.training.optimizers import Optimizers
from hashbench.training.options import TrainingOptions


def model(fan_outs):
    """Return a model with a table and dense weights."""
    train = Interactions.from_pairs([0, 1, 2], [0, 1, 0], 3, 2)
    encoder = Sage(dim=4).build(BipartiteGraph(train), RunContext(seed=1))
    return Model(encoder, Continuous().build(4, RunContext()), BPR(), TrainingOptions(fan_outs=fan_outs), 3)


def set_gradients(model, value):
    """Set all gradients to a value; that of a table with sparse gradients has its first row alone."""
    for weight in model.parameters():
        weight.grad = torch.full_like(weight, value)
    if model.sparse_table is not None:
        values = torch.full((1, model.sparse_table.shape[1]), value)
        model.sparse_table.grad = torch.sparse_coo_tensor(
            torch.tensor([[0]]), values, model.sparse_table.shape, check_invariants=True
        )


@pytest.mark.parametrize("fan_outs", ["all", "2"])
def test_a_loaded_state_makes_the_same_steps(fan_outs):
    first, second = model(fan_outs), model(fan_outs)
    optimizers = [Optimizers(each, TrainingOptions(fan_outs=fan_outs), threads=1) for each in (first, second)]
    set_gradients(first, 0.5)
    optimizers[0].step()
    state = copy.deepcopy(optimizers[0].state())
    assert state.keys() == set(range(len(list(first.parameters()))))
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    optimizers[1].load_state(state)
    for each, optimizer in zip((first, second), optimizers, strict=True):
        set_gradients(each, -0.25)
        optimizer.step()
    for weight, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(weight, other)


def test_rows_of_a_table_without_a_gradient_stay():
    sampled = model("2")
    before = sampled.sparse_table.detach().clone()
    optimizers = Optimizers(sampled, TrainingOptions(fan_outs="2"), threads=1)
    set_gradients(sampled, 1.0)
    optimizers.step()
    changed = (sampled.sparse_table != before).any(dim=1)
    assert changed.tolist() == [True] + [False] * (len(before) - 1)
