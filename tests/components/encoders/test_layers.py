import numpy as np
import torch

from hashbench.components.encoders.layers import weight_matrix
from hashbench.components.encoders.mf import MF
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.protocols import RunContext

from .laws import random_interactions


def test_the_table_has_the_standard_deviation_asked_for_and_follows_the_seed():
    graph = BipartiteGraph(random_interactions())
    table, same, other = (MF(dim=500, init_std=0.3).build(graph, RunContext(seed)).ego() for seed in (1, 1, 2))
    assert table.shape == (42, 500)
    assert abs(table.std().item() - 0.3) < 0.01
    assert torch.equal(table, same)
    assert not torch.equal(table, other)


def test_weights_have_glorots_bound():
    weights = weight_matrix(20, 30, "weights", RunContext(0)).detach().numpy()
    bound = np.sqrt(6 / 50)
    assert weights.shape == (20, 30)
    assert 0.95 * bound < np.abs(weights).max() <= bound
