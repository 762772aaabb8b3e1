"""Encoders of unit length."""

import dataclasses

import pytest
import torch

from hashbench.data.interactions import Interactions
from hashbench.encoders.gcn import GCN
from hashbench.encoders.lightgcn import LightGCN
from hashbench.encoders.mf import MF
from hashbench.encoders.sage import Sage
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.protocols import RunContext


@pytest.mark.parametrize("encoder", [GCN(8), LightGCN(8), MF(8), Sage(8)], ids=lambda one: one.name)
def test_they_are_the_others_divided_by_their_length(encoder):
    graph = BipartiteGraph(Interactions.from_pairs([0, 0, 1, 2], [0, 1, 2, 3], 3, 4))
    plain = encoder.build(graph, RunContext(1))()
    unit = dataclasses.replace(encoder, unit=True).build(graph, RunContext(1))
    assert torch.allclose(unit(), plain / plain.norm(dim=-1, keepdim=True), atol=1e-6)
    assert torch.allclose(unit(torch.tensor([1, 5])), unit()[[1, 5]], atol=1e-6)
