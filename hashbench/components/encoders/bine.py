"""BiNE: explicit relations, and implicit ones through biased random walks on either side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numba import njit
from numpy.typing import NDArray
from pydantic import Field

from hashbench.components.encoders.history import matrix
from hashbench.components.encoders.skip_gram import noise_table, push
from hashbench.data.interactions import IntArray, Interactions
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
            _link(of_users[order], of_items[order], users, items, self.lr * self.gamma)
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
            _walk_and_push(
                side.first.indptr,
                side.first.indices,
                side.reach,
                side.second.indptr,
                side.second.indices,
                side.walks,
                side.centres,
                side.contexts,
                side.noise,
                self.stop,
                self.window,
                self.negatives,
                self.lr * side.weight,
                seed,
            )


class _Side:
    """Users or items: their interactions there and back, embeddings, and walks."""

    def __init__(
        self, first: Interactions, second: Interactions, centres: FloatArray, weight: float, walks: IntArray
    ) -> None:
        self.first, self.second, self.centres, self.weight, self.walks = first, second, centres, weight, walks
        self.contexts = np.zeros_like(centres)
        self.noise = noise_table(first.counts)
        # The running sum of how many nodes are reached over each edge, by which a walk chooses among them.
        self.reach = np.cumsum(second.counts[first.indices])


def _unit(x: NDArray[np.float64]) -> FloatArray:
    found: FloatArray = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    return found


@njit(nogil=True, cache=True)
def step(
    node: int,
    indptr: IntArray,
    indices: NDArray[np.int32],
    reach: IntArray,
    back_indptr: IntArray,
    back_indices: NDArray[np.int32],
) -> int:
    """Go to a node two edges away, in proportion to the common neighbours; back to `node` too."""
    begin, end = indptr[node], indptr[node + 1]
    before = reach[begin - 1] if begin > 0 else 0
    wanted = before + np.random.randint(reach[end - 1] - before)  # noqa: NPY002
    between = indices[begin + np.searchsorted(reach[begin:end], wanted, side="right")]
    row = back_indptr[between]
    reached: int = back_indices[row + np.random.randint(back_indptr[between + 1] - row)]  # noqa: NPY002
    return reached


@njit(nogil=True, cache=True)
def _walk_and_push(
    indptr: IntArray,
    indices: NDArray[np.int32],
    reach: IntArray,
    back_indptr: IntArray,
    back_indices: NDArray[np.int32],
    walks: IntArray,
    centres: FloatArray,
    contexts: FloatArray,
    noise: NDArray[np.int32],
    stop: float,
    window: int,
    negatives: int,
    rate: float,
    seed: int,
) -> None:
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator
    moved = np.empty(centres.shape[1], np.float32)
    last = np.empty(window, np.int64)  # the nodes before, the newest first
    for start in range(len(walks)):
        for _ in range(walks[start]):
            node, known = start, 0
            while True:
                for place in range(known):
                    push(centres[node], contexts, last[place], noise, negatives, rate, moved)
                    push(centres[last[place]], contexts, node, noise, negatives, rate, moved)
                if np.random.random() < stop:  # noqa: NPY002
                    break
                known = min(known + 1, window)
                for place in range(known - 1, 0, -1):
                    last[place] = last[place - 1]
                last[0] = node
                node = step(node, indptr, indices, reach, back_indptr, back_indices)


@njit(nogil=True, cache=True)
def _link(of_users: IntArray, of_items: IntArray, users: FloatArray, items: FloatArray, rate: float) -> None:
    for number in range(len(of_users)):
        user, item = users[of_users[number]], items[of_items[number]]
        score = np.float32(0.0)
        for d in range(len(user)):
            score += user[d] * item[d]
        gain = np.float32(rate * (1.0 - 1.0 / (1.0 + math.exp(-score))))
        for d in range(len(user)):
            before = user[d]
            user[d] += gain * item[d]
            item[d] += gain * before
