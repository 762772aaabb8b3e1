"""Sampled neighbourhoods: what is drawn, what it sums to, and that encoders learn from it as from the whole graph."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.components.encoders.gcn import GCN
from hashbench.components.encoders.lightgcn import LightGCN
from hashbench.components.encoders.mf import MF
from hashbench.components.encoders.sage import Sage
from hashbench.data.interactions import Interactions
from hashbench.errors import BadParameter
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.graph.propagation import Adjacency, neighbour_lists, neighbour_sum
from hashbench.graph.sampling import NeighbourSampler
from hashbench.protocols import RunContext, SampledEncoder

from .test_propagation import adjacency, interactions, nodes_of

ENCODERS = [GCN(dim=8), LightGCN(dim=8, layers=3), MF(dim=8), Sage(dim=8), Sage(dim=8, layers=1, normalize=True)]
ALL = 1000
"""More neighbours than any node has."""


def sampler(graph, threads=1):
    return NeighbourSampler(*neighbour_lists(graph), threads)


@given(interactions())
@settings(deadline=None, max_examples=50)
def test_neighbour_lists_are_the_rows_of_the_adjacency(graph):
    indptr, indices = neighbour_lists(graph)
    rows = [indices[start:stop].tolist() for start, stop in itertools.pairwise(indptr)]
    assert rows == [np.flatnonzero(row).tolist() for row in adjacency(graph)]


@given(interactions(), st.integers(1, 8), st.integers(0, 2**62), st.data())
@settings(deadline=None, max_examples=100)
def test_what_is_drawn_are_distinct_neighbours_as_many_as_asked_for(graph, fan_out, seed, data):
    nodes = nodes_of(data.draw, graph.n_users + graph.n_items).numpy()
    drawn = sampler(graph).sample(nodes, fan_out, seed)
    assert drawn.nodes[: len(nodes)].tolist() == nodes.tolist()
    assert len(set(drawn.nodes.tolist())) == len(drawn.nodes)
    interacted_mask = adjacency(graph)
    for row, node in enumerate(nodes):
        own_neighbours = drawn.nodes[drawn.columns[drawn.indptr[row] : drawn.indptr[row + 1]]].tolist()
        neighbours = np.flatnonzero(interacted_mask[node]).tolist()
        assert len(own_neighbours) == len(set(own_neighbours)) == min(fan_out, len(neighbours))
        assert set(own_neighbours) <= set(neighbours)
        assert drawn.scale[row] == pytest.approx(len(neighbours) / len(own_neighbours) if own_neighbours else 0)


@given(interactions(), st.integers(1, 4), st.integers(0, 2**62), st.data())
@settings(deadline=None, max_examples=50)
def test_a_draw_is_of_the_seed_and_the_node_alone(graph, fan_out, seed, data):
    n = graph.n_users + graph.n_items
    several = sampler(graph, threads=3)
    everyone = several.sample(np.arange(n), fan_out, seed)
    some = nodes_of(data.draw, n).numpy()[::-1]
    again = several.sample(some, fan_out, seed)
    for row, node in enumerate(some):
        own_neighbours = again.nodes[again.columns[again.indptr[row] : again.indptr[row + 1]]]
        expected = everyone.nodes[everyone.columns[everyone.indptr[node] : everyone.indptr[node + 1]]]
        assert own_neighbours.tolist() == expected.tolist()


def test_every_subset_is_as_likely():
    star = Interactions.from_pairs([0] * 5, range(5), 1, 5)
    draws = [sampler(star).sample(np.array([0]), 2, seed) for seed in range(4000)]
    subsets = np.array([sorted(sample.nodes[sample.columns]) for sample in draws])
    counts = np.unique(subsets, axis=0, return_counts=True)[1]
    assert len(counts) == 10
    assert ((counts - 400) ** 2 / 400).sum() < 27.9  # chi-square, 9 degrees of freedom, p = .001


@pytest.mark.parametrize("compiled", [True, False])
@given(interactions(), st.integers(1, 4), st.integers(0, 2**62), st.integers(1, 3), st.data())
@settings(deadline=None, max_examples=50)
def test_a_hop_sums_what_was_drawn_and_its_gradient_is_the_transposed(compiled, graph, fan_out, seed, threads, data):
    whole = BipartiteGraph(graph, threads=threads)
    nodes = nodes_of(data.draw, whole.n_nodes)
    block = dataclasses.replace(whole.sampled_blocks([fan_out], nodes, seed)[0], compiled=compiled)
    matrix = np.zeros((len(nodes), len(block.sample.nodes)))
    for row in range(len(nodes)):
        matrix[row, block.sample.columns[block.sample.indptr[row] : block.sample.indptr[row + 1]]] = block.sample.scale[
            row
        ]
    x = torch.randn(len(block.sample.nodes), 5, generator=torch.Generator().manual_seed(1), requires_grad=True)
    out = block.sum(x)
    assert np.allclose(out.detach(), matrix @ x.detach().numpy(), atol=1e-5)
    upstream = torch.sin(torch.arange(out.numel(), dtype=torch.float32)).reshape(out.T.shape).T
    (gradient,) = torch.autograd.grad(out, x, upstream)
    assert np.allclose(gradient, matrix.T @ upstream.numpy(), atol=1e-5)
    assert torch.equal(block.dst_rows(x), x[: len(nodes)])
    assert block.degrees[:, 0].tolist() == adjacency(graph).sum(1)[block.sample.nodes].tolist()


def test_sums_are_right_on_average():
    rng = np.random.default_rng(0)
    graph = BipartiteGraph(Interactions.from_pairs(*np.nonzero(rng.random((12, 9)) < 0.6), 12, 9))
    nodes, x = torch.arange(graph.n_nodes), torch.randn(graph.n_nodes, 3, generator=torch.Generator().manual_seed(0))
    whole = neighbour_sum(Adjacency(graph.interactions), x)
    estimates = []
    for seed in range(2000):
        (block,) = graph.sampled_blocks([2], nodes, seed)
        estimates.append(block.sum(x[torch.from_numpy(block.sample.nodes)]))
    several = torch.stack(estimates)
    error = several.std(0) / len(estimates) ** 0.5
    assert ((several.mean(0) - whole).abs() <= 4.5 * error + 1e-5).all()


@pytest.mark.parametrize("encoder", ENCODERS, ids=str)
@given(interactions(), st.data())
@settings(deadline=None, max_examples=20)
def test_with_all_neighbours_drawn_an_encoder_is_as_on_the_whole_graph(encoder, graph, data):
    whole = BipartiteGraph(graph)
    nodes = nodes_of(data.draw, whole.n_nodes)
    module = encoder.build(whole, RunContext(1))
    assert isinstance(module, SampledEncoder)
    results, gradients = [], []
    for embeddings in (module(nodes), module.sampled(nodes, [ALL], 7)):
        module.zero_grad()
        (embeddings * torch.sin(torch.arange(embeddings.numel()).reshape(embeddings.shape))).sum().backward()
        results.append(embeddings.detach())
        gradients.append([weight.grad.to_dense() for weight in module.parameters()])
    assert module.ego().grad.is_sparse
    assert torch.allclose(*results, atol=1e-5)
    for full, sampled in zip(*gradients, strict=True):
        assert torch.allclose(full, sampled, atol=1e-4)


def test_fan_outs_are_nearest_first_and_one_for_each_propagation():
    rng = np.random.default_rng(0)
    graph = BipartiteGraph(Interactions.from_pairs(*np.nonzero(rng.random((40, 30)) < 0.9), 40, 30))
    outer, inner = graph.sampled_blocks([3, 1], torch.tensor([0, 50]), 5)
    assert np.diff(inner.sample.indptr).tolist() == [3, 3]
    assert set(np.diff(outer.sample.indptr).tolist()) == {1}
    assert outer.sample.nodes[: len(inner.sample.nodes)].tolist() == inner.sample.nodes.tolist()
    with pytest.raises(BadParameter, match="fan_outs has 3 numbers, but the encoder 2 propagations"):
        Sage(dim=4).build(graph, RunContext()).sampled(torch.tensor([0]), [5, 5, 5], 0)
