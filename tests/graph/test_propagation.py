from importlib.util import find_spec

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.data.interactions import Interactions
from hashbench.errors import BadParameter
from hashbench.graph.propagation import Adjacency, neighbour_sum

# Not imported here: its source warns when Python compiles it, and `Adjacency` imports it without warnings.
BACKENDS = ["compiled", "torch", *(["dgl"] if find_spec("dgl") else [])]


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


def nodes_of(draw, n_nodes):
    return torch.tensor(sorted(draw(st.sets(st.integers(0, n_nodes - 1), min_size=1))))


@pytest.mark.parametrize("backend", BACKENDS)
@given(interactions(), st.sampled_from([1, 5, 16, 40, 64, 83, 144]), st.integers(1, 3), st.data())
@settings(deadline=None, max_examples=30)
def test_each_engine_sums_neighbours_and_its_gradient_is_the_same_sum(backend, graph, dim, threads, data):
    matrix = torch.from_numpy(adjacency(graph))
    x = torch.arange(matrix.shape[0] * dim, dtype=torch.float32).reshape(-1, dim).requires_grad_()
    sums = Adjacency(graph, threads=threads, backend=backend)
    for rows in (None, nodes_of(data.draw, len(matrix))):
        result = neighbour_sum(sums, x, rows)
        expected = matrix @ x
        assert torch.equal(result, expected if rows is None else expected[rows])
        upstream = torch.sin(torch.arange(result.numel(), dtype=torch.float32)).reshape(result.shape)
        (gradient,) = torch.autograd.grad(result, x, upstream)
        (slow,) = torch.autograd.grad(expected if rows is None else expected[rows], x, upstream, retain_graph=True)
        assert torch.allclose(gradient, slow, atol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
@given(interactions(), st.sampled_from([3, 16, 80]), st.booleans(), st.booleans(), st.data())
@settings(deadline=None, max_examples=30)
def test_a_node_is_its_own_neighbour_too_and_rows_have_factors(backend, graph, dim, with_before, with_after, data):
    matrix = torch.from_numpy(adjacency(graph)).double()
    n = len(matrix)
    x = torch.cos(torch.arange(n * dim, dtype=torch.float32)).reshape(-1, dim).requires_grad_()
    left_scale, right_scale = (torch.arange(1, n + 1, dtype=torch.float32)[:, None] / n + shift for shift in (0.0, 1.0))
    embeddings = (right_scale if with_after else 1) * (matrix + torch.eye(n)) * (left_scale.T if with_before else 1)
    factors = left_scale if with_before else None, right_scale if with_after else None
    for rows in (None, nodes_of(data.draw, n)):
        chosen = embeddings if rows is None else embeddings[rows]
        result = neighbour_sum(Adjacency(graph, backend=backend).with_self_loops, x, rows, *factors)
        assert torch.allclose(result.double(), chosen @ x.double(), atol=1e-4)
        upstream = torch.sin(torch.arange(result.numel(), dtype=torch.float32)).reshape(result.T.shape).T
        (gradient,) = torch.autograd.grad(result, x, upstream)
        assert torch.allclose(gradient.double(), chosen.T @ upstream.double(), atol=1e-4)


@pytest.mark.parametrize("backend", BACKENDS)
@given(interactions(), st.sampled_from([16, 80]))
@settings(deadline=None, max_examples=30)
def test_bfloat16_is_a_rounding_of_what_is_summed(backend, graph, dim):
    x = torch.sin(torch.arange(1, 1 + (graph.n_users + graph.n_items) * dim, dtype=torch.float32)).reshape(-1, dim)
    rounded = x.bfloat16().float()
    assert not torch.equal(x, rounded)
    coarse, exact = Adjacency(graph, precision="bfloat16", backend=backend), Adjacency(graph, backend=backend)
    assert torch.equal(neighbour_sum(coarse, x), neighbour_sum(exact, rounded))
    assert torch.equal(neighbour_sum(coarse.with_self_loops, x), neighbour_sum(exact.with_self_loops, rounded))


def test_bfloat16_of_a_width_that_is_no_multiple_of_16_is_refused():
    graph = Interactions.from_pairs([0], [0], 1, 1)
    with pytest.raises(BadParameter, match="multiple of 16 values, and there are 5"):
        neighbour_sum(Adjacency(graph, precision="bfloat16"), torch.ones(2, 5))
