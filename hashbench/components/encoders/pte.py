"""PTE on the bipartite network of users and items: edges sampled, each against negatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from hashbench.components.encoders.skip_gram import noise_table
from hashbench.data.interactions import Interactions
from hashbench.kernels.edge_sampling import Edges, train_on_sampled_edges
from hashbench.kernels.skip_gram import Negatives
from hashbench.protocols import Embeddings, RunContext


@dataclass(frozen=True)
class PTE:
    """PTE (Tang et al., KDD 2015) of one bipartite network: max Σ_(u,i) log p(i|u), p(i|u) ∝ e^⟨u, i⟩ (eq. 1 and 3).

    As in LINE, whose sampling it takes: edges drawn uniformly, K items drawn by degree^power against each, gradient
    steps at a rate that falls to nothing. The paper leaves the number of samples open: here it is `epochs` times the
    interactions. Its power is ¾; but of negatives drawn so, ⟨u, i⟩ comes to log p(i|u) - power · log degree + const.
    Here it is 0, by which ⟨u, i⟩ ranks as p(i|u) does (validation HR@50 on MovieLens-1M .332, with ¾ .193). LINE's rate
    is 0.025, which is best there, but by far too low where a node has few edges (validation HR@50 on MovieLens-1M,
    Gowalla and Pinterest .359, .072, .158); 0.07 has the best geometric mean (.332, .220, .233).
    """

    name: ClassVar[str] = "pte"

    dim: Annotated[int, Field(ge=1, le=4096, description="length of the embeddings")] = 64
    epochs: Annotated[int, Field(ge=1, description="edges drawn, over the interactions there are")] = 30
    negatives: Annotated[int, Field(ge=1, description="negatives K an edge")] = 5
    power: Annotated[float, Field(ge=0, le=1, description="negatives are drawn in proportion to degree^power")] = 0.0
    lr: Annotated[float, Field(gt=0, description="rate of the first step")] = 0.07

    def fit(self, train: Interactions, ctx: RunContext) -> Embeddings:
        """Sample edges one after another: the same whatever the threads."""
        rng = ctx.rng("pte")
        users = ((rng.random((train.n_users, self.dim)) - 0.5) / self.dim).astype(np.float32)
        items = np.zeros((train.n_items, self.dim), np.float32)
        noise = noise_table(np.bincount(train.indices, minlength=train.n_items), self.power)
        n_samples, seed = self.epochs * len(train), int(rng.integers(2**31))
        edges, negatives = Edges(train.users(), train.indices), Negatives(noise, self.negatives)
        train_on_sampled_edges(edges, users, items, negatives, n_samples, self.lr, seed)
        return Embeddings(users, items)
