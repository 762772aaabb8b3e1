"""BiNE: explicit relations, and implicit relations from biased random walks over users and over items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hashbench.components.encoders.history import matrix
from hashbench.components.encoders.skip_gram import noise_table
from hashbench.data.interactions import IntArray, Interactions
from hashbench.kernels.link_prediction import train_on_links
from hashbench.kernels.random_walks import TwoSteps, WalkOptions, train_on_walks
from hashbench.kernels.skip_gram import Negatives
from hashbench.protocols import Embeddings, FloatArray, RunContext

POWER_ITERATIONS = 30
"""Iterations that compute the centralities."""


@dataclass(frozen=True)
class BiNE:
    """BiNE (Gao et al., SIGIR 2018): max α log O₂ + β log O₃ - γ O₁ (eq. 13).

    O₁ is the cross-entropy of the links under σ(⟨u, i⟩). O₂ and O₃ are skip-gram objectives with negative sampling: of
    users that lie near each other on walks between users, and of items on walks between items. A step of a walk goes
    to a node two edges away, in proportion to the common neighbours. At each node the walk ends with probability
    `stop`. A node starts max(H · max_walks, min_walks) walks, with H its HITS centrality (algorithm 1).

    Departures: negatives are drawn in proportion to degree^¾; the paper draws them from other buckets of a
    locality-sensitive hash. Links have no negatives, so inner products rank much like popularity if nodes have many
    edges. γ and the walks were chosen on MovieLens-1M's validation part; the paper's γ = 0.1 reaches the same result
    there, but slowly. The authors' learning rate of 0.01 is too low for nodes with few edges. Validation HR@50 on
    MovieLens-1M, Gowalla and Pinterest is .192, .058, .086 with 0.01; .191, .125, .176 with 0.1; .177, .134, .181 with
    0.2, which is as good on the whole, but worse on the first.
    """

    name: ClassVar[str] = "bine"

    dim: Annotated[int, Field(ge=1, le=4096, description="length of the embeddings")] = 64
    epochs: Annotated[int, Field(ge=1, description="passes over links and walks")] = 20
    lr: Annotated[float, Field(gt=0, description="learning rate λ")] = 0.1
    alpha: Annotated[float, Field(ge=0, description="weight of the users' walks")] = 0.01
    beta: Annotated[float, Field(ge=0, description="weight of the items' walks")] = 0.01
    gamma: Annotated[float, Field(ge=0, description="weight of the links")] = 1.0
    max_walks: Annotated[int, Field(ge=1, description="walks from the most central node")] = 8
    min_walks: Annotated[int, Field(ge=1, description="walks from any node")] = 1
    stop: Annotated[float, Field(gt=0, le=1, description="probability that a walk ends at a node")] = 0.15
    window: Annotated[int, Field(ge=1, description="context nodes on each side of a node in a walk")] = 5
    negatives: Annotated[int, Field(ge=1, description="negatives per context node")] = 4

    def fit(self, train: Interactions, ctx: RunContext) -> Embeddings:
        """Train on walks of users, walks of items and links in turn. The number of threads changes nothing."""
        rng = ctx.rng("bine")
        transposed = Interactions.from_pairs(train.indices, train.users(), train.n_items, train.n_users)
        users, items = (_normalized(rng.standard_normal((n, self.dim))) for n in (train.n_users, train.n_items))
        sides = [
            _Side(train, transposed, users, self.alpha, self._n_walks(train)),
            _Side(transposed, train, items, self.beta, self._n_walks(transposed)),
        ]
        edge_users, edge_items = train.users(), train.indices.astype(np.int64)
        for _ in range(self.epochs):
            for side in sides:
                self._walk(side, int(rng.integers(2**31)))
            order = rng.permutation(len(train))
            train_on_links(edge_users[order], edge_items[order], users, items, self.lr * self.gamma)
        return Embeddings(users, items)

    def _n_walks(self, interactions: Interactions) -> IntArray:
        ones = matrix(interactions)
        centrality = np.ones(interactions.n_users)
        for _ in range(POWER_ITERATIONS):
            centrality = ones @ (ones.T @ centrality)
            centrality /= max(centrality.max(), 1e-12)
        n_walks: IntArray = np.maximum(np.ceil(centrality * self.max_walks), self.min_walks).astype(np.int64)
        return np.where(interactions.counts > 0, n_walks, 0)

    def _walk(self, side: _Side, seed: int) -> None:
        if side.weight:
            train_on_walks(
                side.graph,
                side.n_walks,
                side.centres,
                side.contexts,
                WalkOptions(self.stop, self.window),
                Negatives(side.noise, self.negatives),
                self.lr * side.weight,
                seed,
            )


class _Side:
    """Users or items: the interactions from them and back, their embeddings, and the walks that start at each."""

    def __init__(
        self, forward: Interactions, back: Interactions, centres: FloatArray, weight: float, n_walks: IntArray
    ) -> None:
        self.centres, self.weight, self.n_walks = centres, weight, n_walks
        self.contexts = np.zeros_like(centres)
        self.noise = noise_table(forward.counts)
        reached = np.cumsum(back.counts[forward.indices])
        self.graph = TwoSteps(forward.indptr, forward.indices, reached, back.indptr, back.indices)


def _normalized(rows: NDArray[np.float64]) -> FloatArray:
    normalized: FloatArray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return normalized
