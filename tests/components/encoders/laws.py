"""Data and laws that the encoders share."""

import dataclasses

import numpy as np
import torch
from scipy import sparse

from hashbench.components.datasets.movielens import MovieLens1M
from hashbench.components.metrics import NDCG, Recall
from hashbench.components.splits.published import Published
from hashbench.data.interactions import Interactions
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.protocols import LoadContext, RunContext, ScoredRanking
from hashbench.testing import EncoderTests

CTX = RunContext(3)


class TableEncoderTests(EncoderTests):
    """The laws of all encoders, and those of one with a table of free embeddings."""

    def test_normalised_embeddings_are_the_others_divided_by_their_length(self):
        encoder = dataclasses.replace(self.component, dim=8)
        graph = BipartiteGraph(Interactions.from_pairs([0, 0, 1, 2], [0, 1, 2, 3], 3, 4))
        plain = encoder.build(graph, RunContext(1))()
        normalized = dataclasses.replace(encoder, normalize=True).build(graph, RunContext(1))
        assert torch.allclose(normalized(), plain / plain.norm(dim=-1, keepdim=True), atol=1e-6)
        assert torch.allclose(normalized(torch.tensor([1, 5])), normalized()[[1, 5]], atol=1e-6)


def two_groups():
    """Two groups of users, each of which knows most of its own ten items and none of the others'."""
    rng = np.random.default_rng(0)
    pairs = [(user, item) for user in range(40) for item in range(20) if user % 2 == item % 2 and rng.random() < 0.7]
    return Interactions.from_pairs(*zip(*pairs, strict=True), 40, 20)


def assert_unknown_items_of_the_own_group_come_before_the_others(encoder):
    train = two_groups()
    embeddings = encoder.fit(train, CTX)
    for user in range(40):
        scores = embeddings.items @ embeddings.users[user]
        own = np.arange(user % 2, 20, 2)
        unknown = np.setdiff1d(own, train.row(user))
        others = np.arange(1 - user % 2, 20, 2)
        assert scores[unknown].min(initial=np.inf) > scores[others].mean()


def random_interactions():
    """Return 30 users with 12 items."""
    rng = np.random.default_rng(1)
    return Interactions.from_pairs(rng.integers(0, 30, 200), rng.integers(0, 12, 200), 30, 12)


def dense(interactions):
    """Return the interactions as a matrix of ones: float64[n_users, n_items]."""
    ones = np.zeros((interactions.n_users, interactions.n_items))
    ones[interactions.users(), interactions.indices] = 1
    return ones


def scores_of(embeddings):
    return embeddings.users @ embeddings.items.T


def figures_on_ml_1m(encoder, real_data):
    """Return recall@20 and NDCG@20 on the published split, with all of the training part to fit to."""
    ctx = RunContext(0)
    data = MovieLens1M().load(LoadContext(data_dir=real_data, download=False))
    split = Published(valid=0).split(data, ctx)
    embeddings = encoder.fit(split.train, ctx)
    # A user's history is sparse, and a dense product would take most of the test's time.
    scores = sparse.csr_array(embeddings.users) @ embeddings.items.T
    scores[split.train.users(), split.train.indices] = -np.inf
    nearest = np.argpartition(-scores, 20, axis=1)[:, :20]
    order = np.argsort(-np.take_along_axis(scores, nearest, axis=1), axis=1)
    items = np.take_along_axis(nearest, order, axis=1).astype(np.int32)
    relevant = np.zeros(scores.shape, bool)
    relevant[split.test.users(), split.test.indices] = True
    ranking = ScoredRanking(items, np.take_along_axis(relevant, items, axis=1), split.test.counts)
    return [np.nanmean(metric.per_user(ranking)) for metric in (Recall(), NDCG())]
