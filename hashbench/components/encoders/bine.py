"""BiNE: explicit relations, and implicit ones through biased random walks on either side."""

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

ROUNDS = 30
"""Of the power iteration that gives centralities."""


@dataclass(frozen=True)
class BiNE:
    """BiNE (Gao et al., SIGIR 2018): max α log O₂ + β log O₃ - γ O₁ (eq. 13).

    O₁ is the cross-entropy of the links under σ(⟨u, i⟩); O₂ and O₃ are those of users near each other on walks between
    users, and of items on walks between items, by skip-gram with negative sampling. A walk goes to a node two steps
    away, in proportion to their common neighbours, and ends with probability `stop` at each; a node begins the more
    walks, the more central it is (HITS): max(H · max_walks, min_walks) of them (algorithm 1). Negatives are drawn by
    degree^¾, where the paper takes them from other buckets of a locality-sensitive hashing. Links have no negatives,
    so that inner products rank much as popularity does where nodes have many edges. γ and the walks are chosen on
    MovieLens-1M's validation part, where γ = 0.1, as in the paper, comes to the same, but slowly. The authors' rate is
    0.01, which is too low where nodes have few edges: validation HR@50 on MovieLens-1M, Gowalla and Pinterest is .192,
    .058, .086, by 0.1 .191, .125, .176. By 0.2 it is .177, .134, .181: as good on the whole, and worse on the first.
    """

    name: ClassVar[str] = "bine"

    dim: Annotated[int, Field(ge=1, le=4096, description="length of the embeddings")] = 64
    epochs: Annotated[int, Field(ge=1, description="passes over links and walks")] = 20
    lr: Annotated[float, Field(gt=0, description="rate of the steps, λ")] = 0.1
    alpha: Annotated[float, Field(ge=0, description="weight of the users' walks")] = 0.01
    beta: Annotated[float, Field(ge=0, description="weight of the items' walks")] = 0.01
    gamma: Annotated[float, Field(ge=0, description="weight of the links")] = 1.0
    max_walks: Annotated[int, Field(ge=1, description="walks from the most central node")] = 8
    min_walks: Annotated[int, Field(ge=1, description="walks from any node")] = 1
    stop: Annotated[float, Field(gt=0, le=1, description="chance that a walk ends at a node")] = 0.15
    window: Annotated[int, Field(ge=1, description="nodes of a walk to either side that are context")] = 5
    negatives: Annotated[int, Field(ge=1, description="negatives a context")] = 4

    def fit(self, train: Interactions, ctx: RunContext) -> Embeddings:
        """Train both sides in turn: walks of users, walks of items, links; the same whatever the threads."""
        rng = ctx.rng("bine")
        there, back = train, Interactions.from_pairs(train.indices, train.users(), train.n_items, train.n_users)
        users, items = (_unit(rng.standard_normal((n, self.dim))) for n in (train.n_users, train.n_items))
        sides = [
            _Side(there, back, users, self.alpha, self._walks(there)),
            _Side(back, there, items, self.beta, self._walks(back)),
        ]
        of_users, of_items = train.users(), train.indices.astype(np.int64)
        for _ in range(self.epochs):
            for side in sides:
                self._walk(side, int(rng.integers(2**31)))
            order = rng.permutation(len(train))
            train_on_links(of_users[order], of_items[order], users, items, self.lr * self.gamma)
        return Embeddings(users, items)

    def _walks(self, side: Interactions) -> IntArray:
        ones = matrix(side)
        centrality = np.ones(side.n_users)
        for _ in range(ROUNDS):
            centrality = ones @ (ones.T @ centrality)
            centrality /= max(centrality.max(), 1e-12)
        found: IntArray = np.maximum(np.ceil(centrality * self.max_walks), self.min_walks).astype(np.int64)
        return np.where(side.counts > 0, found, 0)

    def _walk(self, side: _Side, seed: int) -> None:
        if side.weight:
            train_on_walks(
                side.graph,
                side.walks,
                side.centres,
                side.contexts,
                WalkOptions(self.stop, self.window),
                Negatives(side.noise, self.negatives),
                self.lr * side.weight,
                seed,
            )


class _Side:
    """Users or items: their interactions there and back, embeddings, and walks."""

    def __init__(
        self, first: Interactions, second: Interactions, centres: FloatArray, weight: float, walks: IntArray
    ) -> None:
        self.centres, self.weight, self.walks = centres, weight, walks
        self.contexts = np.zeros_like(centres)
        self.noise = noise_table(first.counts)
        reached = np.cumsum(second.counts[first.indices])
        self.graph = TwoSteps(first.indptr, first.indices, reached, second.indptr, second.indices)


def _unit(x: NDArray[np.float64]) -> FloatArray:
    found: FloatArray = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    return found
