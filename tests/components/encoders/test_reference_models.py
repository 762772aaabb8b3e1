"""Models that are fitted at once, against what their definitions say, by hand and on ml-1m."""

import numpy as np
import pytest

import hashbench
from hashbench.components.encoders import history
from hashbench.components.encoders.ease import EASE
from hashbench.components.encoders.item_knn import ItemKNN
from hashbench.components.encoders.most_popular import MostPopular
from hashbench.components.encoders.svd import SVD
from hashbench.components.heads.itq import ITQ
from hashbench.data.interactions import Interactions
from hashbench.errors import RunFailed
from hashbench.protocols import Embeddings, RunContext

CTX = RunContext(0)


@pytest.fixture
def train():
    rng = np.random.default_rng(1)
    return Interactions.from_pairs(rng.integers(0, 30, 200), rng.integers(0, 12, 200), 30, 12)


def scores(found):
    return found.users @ found.items.T


def embeddings(train):
    ones = np.zeros((train.n_users, train.n_items))
    ones[train.users(), train.indices] = 1
    return ones


def test_popularity_counts_users(train):
    np.testing.assert_array_equal(
        scores(MostPopular().fit(train, CTX)), np.tile(embeddings(train).sum(axis=0), (30, 1))
    )


def test_ease_solves_its_problem(train):
    ones, l2 = embeddings(train), 7.0
    weights = np.zeros((12, 12))
    for item in range(12):  # each column alone: ridge regression on the other items (Steck, eq. 4 with diag(B) = 0)
        others = np.delete(ones, item, axis=1)
        solution = np.linalg.solve(others.T @ others + l2 * np.eye(11), others.T @ ones[:, item])
        weights[:, item] = np.insert(solution, item, 0.0)
    np.testing.assert_allclose(scores(EASE(l2=l2).fit(train, CTX)), ones @ weights, atol=1e-5)


def test_neighbours_by_hand():
    train = Interactions.from_pairs([0, 0, 1, 1, 2, 2, 3], [0, 1, 0, 1, 0, 2, 2], 4, 3)
    near, far = 2 / np.sqrt(3 * 2), 1 / np.sqrt(3 * 2)  # items 0 and 1, items 0 and 2; 1 and 2 have no user in common
    found = scores(ItemKNN(neighbours=1).fit(train, CTX))
    # The nearest of item 0 is 1, of item 1 is 0, of item 2 is 0.
    expected = [[near, near, far], [near, near, far], [0, near, far], [0, 0, 0]]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_singular_vectors_give_the_best_approximation_on_the_scale_of_the_items(train):
    ones = embeddings(train)
    users, items = np.sqrt(ones.sum(axis=1)), np.sqrt(np.maximum(ones.sum(axis=0), 1))
    normalised = ones / users[:, None] / items
    left, values, right = np.linalg.svd(normalised, full_matrices=False)
    best = (left[:, :5] * values[:5]) @ right[:5] * items
    np.testing.assert_allclose(scores(SVD(dim=5).fit(train, CTX)), best, atol=1e-5)


def test_what_cannot_be_fitted_says_so(train, monkeypatch):
    with pytest.raises(RunFailed, match="encoder 'svd' has dim=12, but 30 users × 12 items have only 11 singular"):
        SVD(dim=12).fit(train, CTX)
    monkeypatch.setattr(history, "MOST_ITEMS", 11)
    with pytest.raises(RunFailed, match="encoder 'ease' needs a matrix of all pairs of items, for which 12 are too"):
        EASE().fit(train, CTX)
    with pytest.raises(RunFailed, match="head 'itq' has bits=8, but embeddings have only 4 values"):
        ITQ(bits=8).fit(Embeddings(*(np.ones((5, 4), np.float32),) * 2), train, CTX)


def test_itq_finds_the_corners_that_vectors_lie_at(train):
    """Vectors at a cube's corners, turned by some rotation: two have one code exactly where they are one corner."""
    rng = np.random.default_rng(3)
    corners = rng.choice([-1.0, 1.0], (400, 4))
    corners = np.concatenate([corners, -corners])  # so that their mean is 0
    turned, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    vectors = (corners @ turned + 0.01 * rng.standard_normal(corners.shape)).astype(np.float32)
    hasher = ITQ(bits=4).fit(Embeddings(vectors, vectors), train, CTX)
    signs = hasher.hash_items(vectors).codes.signs()
    same_code = (signs @ signs.T) == 4
    same_corner = (corners @ corners.T) == 4
    np.testing.assert_array_equal(same_code, same_corner)
    np.testing.assert_allclose(hasher.normals.T @ hasher.normals, np.eye(4), atol=1e-5)


@pytest.mark.parametrize(
    ("encoder", "recall", "ndcg"),
    [
        ("most_popular", 0.1153, 0.1964),
        ("item_knn", 0.2241, 0.3562),
        ("svd", 0.2539, 0.3943),
        ("svd:dim=256", 0.2655, 0.4024),
        ("ease", 0.2738, 0.4214),
    ],
)
def test_ml_1m_published_split(encoder, recall, ndcg, real_data):
    """Figures that others measured on this split, all of the training part learnt from."""
    settings = {"dataset": "ml-1m", "split": "published:valid=0", "k": 20, "data_dir": real_data, "threads": 1}
    (record,) = hashbench.run(encoder=encoder, head="continuous", **settings)
    assert record.metrics["recall@20"] == pytest.approx(recall, abs=0.002)
    assert record.metrics["ndcg@20"] == pytest.approx(ndcg, abs=0.002)
