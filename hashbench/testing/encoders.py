"""Conformance of encoders."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from hashbench.graph.bipartite import BipartiteGraph
from hashbench.protocols import FittedEncoder, RunContext
from hashbench.testing.components import ComponentTests, small_interactions


class EncoderTests(ComponentTests):
    """An encoder embeds every node and depends on the seed alone. If it is trained, every weight has a gradient."""

    def embedded(self, seed: int = 0) -> Tensor:
        """Return the embeddings of a small graph's nodes, untrained or fitted: users first, then items."""
        train, ctx = small_interactions(), RunContext(seed=seed)
        if isinstance(self.component, FittedEncoder):
            fitted = self.component.fit(train, ctx)
            assert (len(fitted.users), len(fitted.items)) == (train.n_users, train.n_items)
            assert fitted.users.dtype == fitted.items.dtype == np.float32
            return torch.from_numpy(np.concatenate([fitted.users, fitted.items]))
        encoder = self.component.build(BipartiteGraph(train), ctx)
        embeddings: Tensor = encoder()
        assert embeddings.shape[1] == encoder.dim
        assert encoder.ego().shape[0] == train.n_users + train.n_items
        nodes = torch.arange(0, len(embeddings), 3)
        assert torch.allclose(encoder(nodes), embeddings[nodes], atol=1e-5)
        return embeddings

    def test_it_embeds_every_node(self) -> None:
        """Users first, then items."""
        train = small_interactions()
        embeddings = self.embedded()
        assert embeddings.shape[0] == train.n_users + train.n_items
        assert torch.isfinite(embeddings).all()

    def test_every_weight_gets_a_gradient(self) -> None:
        """A weight without a gradient would never be trained."""
        if isinstance(self.component, FittedEncoder):
            return
        encoder = self.component.build(BipartiteGraph(small_interactions()), RunContext())
        encoder().square().sum().backward()
        weights = list(encoder.parameters())
        assert weights
        assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in weights)

    def test_it_follows_the_seed_alone(self) -> None:
        """Equal seeds give equal embeddings. Before training, other seeds give others."""
        first, same, other = (self.embedded(seed) for seed in (1, 1, 2))
        assert torch.equal(first, same)
        if not isinstance(self.component, FittedEncoder):
            assert not torch.equal(first, other)
