"""The mean over propagation layers, held to dense matrices."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.graph.layers import mean_of_layers
from hashbench.graph.propagation import Adjacency

from .test_propagation import BACKENDS, adjacency, interactions, nodes_of


@pytest.mark.parametrize("backend", BACKENDS)
@given(interactions(), st.integers(0, 3), st.sampled_from([3, 16]), st.data())
@settings(deadline=None, max_examples=30)
def test_the_mean_of_layers_and_its_gradient_as_the_dense_matrix_has_them(backend, graph, layers, dim, data):
    a = torch.from_numpy(adjacency(graph)).double()
    factor = a.sum(1).clamp(min=1).rsqrt()
    step = factor[:, None] * a * factor
    embeddings = sum(torch.linalg.matrix_power(step, k) for k in range(layers + 1)) / (layers + 1)
    x = torch.cos(torch.arange(len(a) * dim, dtype=torch.float32)).reshape(-1, dim).requires_grad_()
    sums, degrees = Adjacency(graph, backend=backend), a.sum(1).clamp(min=1).float()[:, None]
    for rows in (None, nodes_of(data.draw, len(a))):
        chosen = embeddings if rows is None else embeddings[rows]
        result = mean_of_layers(sums, degrees, x, layers, rows)
        assert torch.allclose(result.double(), chosen @ x.double(), atol=1e-5)
        upstream = torch.sin(torch.arange(result.numel(), dtype=torch.float32)).reshape(result.T.shape).T
        (gradient,) = torch.autograd.grad(result, x, upstream)
        assert torch.allclose(gradient.double(), chosen.T @ upstream.double(), atol=1e-5)
