"""The distilled head: codes that rank as the embeddings do."""

import itertools

import numpy as np
import pytest

from hashbench.components.heads.distilled import Distilled
from hashbench.components.heads.itq import ITQ
from hashbench.protocols import Embeddings, RunContext
from hashbench.testing import HashHeadTests
from hashbench.testing.components import small_interactions

CTX = RunContext(seed=2)
TRAIN = small_interactions()


class TestDistilled(HashHeadTests):
    component = Distilled(steps=20)


def signs(head, embeddings):
    hasher = head.fit(embeddings, TRAIN, CTX)
    sides = hasher.hash_users(embeddings.users), hasher.hash_items(embeddings.items)
    return [side.codes.signs().astype(np.float32) for side in sides]


def agreement(users, items, embeddings, k=10):
    """Return the share of each user's best k by embeddings that are among her best k by codes."""
    noise = np.random.default_rng(0).random((len(users), len(items))) * 1e-3
    best = [np.argsort(-s, axis=1)[:, :k] for s in (users @ items.T + noise, embeddings.users @ embeddings.items.T)]
    return np.mean([len(np.intersect1d(a, b)) / k for a, b in zip(*best, strict=True)])


@pytest.fixture(scope="module")
def embeddings():
    """Clouds around twelve centres, of uneven lengths: what a trained encoder gives, small."""
    rng = np.random.default_rng(1)
    centres = rng.standard_normal((12, 16))
    users, items = (
        (centres[rng.integers(12, size=n)] + 0.7 * rng.standard_normal((n, 16))) * rng.uniform(0.5, 1.5, (n, 1))
        for n in (300, 200)
    )
    return Embeddings(users.astype(np.float32), items.astype(np.float32))


def test_embeddings_that_are_codes_are_found_again():
    corners = np.array(list(itertools.product([-1, 1], repeat=6)), np.float32)
    head = Distilled(bits=6, hidden=0, temperature=1, steps=300, lr=0.03)
    users, items = signs(head, Embeddings(corners, corners))
    np.testing.assert_array_equal(users @ items.T, corners @ corners.T)


def test_codes_rank_as_embeddings_do_better_than_rotated_ones(embeddings):
    distilled = agreement(*signs(Distilled(bits=16, steps=200), embeddings), embeddings)
    rotated = agreement(*signs(ITQ(bits=16), embeddings), embeddings)
    assert distilled > rotated + 0.1


def test_the_scale_of_embeddings_makes_no_difference(embeddings):
    """Powers of 2 scale floating-point numbers exactly."""
    head = Distilled(bits=12, hidden=8, steps=20)
    scaled = Embeddings(embeddings.users * 8, embeddings.items / 4)
    for scaled_signs, unscaled_signs in zip(signs(head, scaled), signs(head, embeddings), strict=True):
        np.testing.assert_array_equal(scaled_signs, unscaled_signs)


def test_fewer_users_and_items_per_step_are_drawn_once_each(embeddings):
    """A step on drawn ones learns as well: codes agree more than before the first step."""
    trained = agreement(*signs(Distilled(bits=16, steps=200, users=64, items=50), embeddings), embeddings)
    untrained = agreement(*signs(Distilled(bits=16, steps=1, lr=1e-9), embeddings), embeddings)
    assert trained > untrained + 0.2


def test_embeddings_all_alike_are_hashed_all_alike():
    alike = Embeddings(np.ones((5, 4), np.float32), np.ones((3, 4), np.float32))
    users, items = signs(Distilled(bits=8, steps=3), alike)
    assert (users == users[0]).all()
    assert (items == items[0]).all()
