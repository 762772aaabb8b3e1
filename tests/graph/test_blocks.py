"""Propagations over the whole graph with the normalisations of the papers."""

import numpy as np
import torch
from hypothesis import given, settings

from hashbench.graph.bipartite import BipartiteGraph
from hashbench.graph.blocks import mean_with_self, symmetric_with_self

from .test_propagation import adjacency, interactions


@given(interactions())
@settings(deadline=None, max_examples=30)
def test_normalisations_as_the_papers_write_them(graph):
    (block,) = BipartiteGraph(graph).blocks(1)
    a = adjacency(graph).astype(np.float64)
    n = len(a)
    x = np.random.default_rng(0).standard_normal((n, 3))
    features = torch.from_numpy(x.astype(np.float32))

    mean = np.stack([np.mean([x[i], *x[a[i] == 1]], axis=0) for i in range(n)])
    assert np.allclose(mean_with_self(block, features), mean, atol=1e-5)

    with_self_loops = a + np.eye(n)
    inverse = 1 / np.sqrt(with_self_loops.sum(1))
    assert np.allclose(
        symmetric_with_self(block, features), inverse[:, None] * with_self_loops * inverse @ x, atol=1e-5
    )
