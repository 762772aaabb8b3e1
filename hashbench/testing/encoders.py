"""Conformance of encoders."""

from __future__ import annotations

import torch

from hashbench.graph.bipartite import BipartiteGraph
from hashbench.protocols import RunContext
from hashbench.testing.components import ComponentTests, small_interactions


class EncoderTests(ComponentTests):
    """An encoder embeds every node, has gradients everywhere it should, and follows the seed alone."""

    def test_it_embeds_every_node(self) -> None:
        """Users first, then items."""
        graph = BipartiteGraph(small_interactions())
        encoder = self.component.build(graph, RunContext())
        embeddings = encoder()
        assert embeddings.shape == (graph.n_nodes, encoder.dim)
        assert encoder.ego().shape[0] == graph.n_nodes
        assert torch.isfinite(embeddings).all()

    def test_every_weight_gets_a_gradient(self) -> None:
        """A weight that no loss reaches is a mistake."""
        encoder = self.component.build(BipartiteGraph(small_interactions()), RunContext())
        encoder().square().sum().backward()
        weights = list(encoder.parameters())
        assert weights
        assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in weights)

    def test_it_follows_the_seed_alone(self) -> None:
        """Equal seeds give equal embeddings, others do not."""
        graph = BipartiteGraph(small_interactions())
        first, same, other = (self.component.build(graph, RunContext(seed=seed))() for seed in (1, 1, 2))
        assert torch.equal(first, same)
        assert not torch.equal(first, other)
