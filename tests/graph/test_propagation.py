import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.data.interactions import Interactions
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.graph.propagation import neighbour_sum

try:
    import dgl  # noqa: F401

    ENGINES = ["torch", "dgl"]
except ImportError:
    ENGINES = ["torch"]


@st.composite
def interactions(draw):
    n_users, n_items = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    pairs = draw(st.sets(st.tuples(st.integers(0, n_users - 1), st.integers(0, n_items - 1)), min_size=1))
    users, items = zip(*pairs, strict=True)
    return Interactions.from_pairs(users, items, n_users, n_items)


def adjacency(given_interactions):
    n_users, n_nodes = given_interactions.n_users, given_interactions.n_users + given_interactions.n_items
    matrix = np.zeros((n_nodes, n_nodes), np.float32)
    users, items = given_interactions.users(), given_interactions.indices + n_users
    matrix[users, items] = matrix[items, users] = 1
    return matrix


@pytest.mark.parametrize("engine", ENGINES)
@given(interactions(), st.integers(1, 5))
@settings(deadline=None, max_examples=30)
def test_each_engine_sums_neighbours_and_its_gradient_is_the_same_sum(engine, graph, dim):
    matrix = torch.from_numpy(adjacency(graph))
    x = torch.arange(matrix.shape[0] * dim, dtype=torch.float32).reshape(-1, dim).requires_grad_()
    result = neighbour_sum(graph, "cpu", engine)(x)
    assert torch.equal(result, matrix @ x)
    upstream = torch.sin(torch.arange(result.numel(), dtype=torch.float32)).reshape(result.shape)
    (gradient,) = torch.autograd.grad(result, x, upstream)
    assert torch.allclose(gradient, matrix.T @ upstream, atol=1e-5)


@given(interactions())
@settings(deadline=None, max_examples=30)
def test_normalisations_as_the_papers_write_them(given_interactions):
    graph = BipartiteGraph(given_interactions)
    a = adjacency(given_interactions).astype(np.float64)
    n = len(a)
    x = np.random.default_rng(0).standard_normal((n, 3))
    features = torch.from_numpy(x.astype(np.float32))
    degrees = a.sum(1)

    mean = np.stack([np.mean([x[i], *x[a[i] == 1]], axis=0) for i in range(n)])
    assert np.allclose(graph.mean_with_self(features), mean, atol=1e-5)

    inverse = np.divide(1, np.sqrt(degrees), out=np.zeros(n), where=degrees > 0)
    assert np.allclose(graph.symmetric(features), inverse[:, None] * a * inverse @ x, atol=1e-5)

    with_self = a + np.eye(n)
    inverse = 1 / np.sqrt(with_self.sum(1))
    assert np.allclose(graph.symmetric_with_self(features), inverse[:, None] * with_self * inverse @ x, atol=1e-5)
