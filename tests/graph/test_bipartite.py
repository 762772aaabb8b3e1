"""The bipartite graph of interactions."""

import torch

from hashbench.data.interactions import Interactions
from hashbench.graph.bipartite import BipartiteGraph


def graph():
    return BipartiteGraph(Interactions.from_pairs([0, 0, 2], [0, 1, 1], 3, 2))


def test_nodes_are_users_and_then_items():
    assert (graph().n_users, graph().n_items, graph().n_nodes) == (3, 2, 5)
    assert graph().degrees[:, 0].tolist() == [2, 0, 1, 1, 2]


def test_only_the_last_block_is_restricted_to_the_nodes_asked_for():
    nodes = torch.tensor([3, 0])
    first, last = graph().blocks(2, nodes)
    assert first.dst_nodes is None
    assert last.dst_nodes is nodes
    assert graph().blocks(0, nodes) == []


def test_a_sampled_block_leads_to_the_nodes_of_the_next():
    outer, inner = graph().sampled_blocks([5, 5], torch.tensor([0]), seed=1)
    assert inner.sample.nodes[: inner.n_dst].tolist() == [0]
    assert outer.sample.nodes[: outer.n_dst].tolist() == inner.sample.nodes.tolist()
    assert outer.degrees[:, 0].tolist() == graph().degrees[outer.sample.nodes, 0].tolist()
