"""Encoders of unit length."""

import dataclasses

import pytest
import torch

from hashbench.components.encoders.gcn import GCN
from hashbench.components.encoders.lightgcn import LightGCN
from hashbench.components.encoders.mf import MF
from hashbench.components.encoders.sage import Sage
from hashbench.data.interactions import Interactions
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.protocols import RunContext


@pytest.mark.parametrize("encoder", [GCN(8), LightGCN(8), MF(8), Sage(8)], ids=lambda one: one.name)
def test_they_are_the_others_divided_by_their_length(encoder):
    graph = BipartiteGraph(Interactions.from_pairs([0, 0, 1, 2], [0, 1, 2, 3], 3, 4))
    plain = encoder.build(graph, RunContext(1))()
    normalize = dataclasses.replace(encoder, normalize=True).build(graph, RunContext(1))
    assert torch.allclose(normalize(), plain / plain.norm(dim=-1, keepdim=True), atol=1e-6)
    assert torch.allclose(normalize(torch.tensor([1, 5])), normalize()[[1, 5]], atol=1e-6)
