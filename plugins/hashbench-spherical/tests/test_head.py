import numpy as np
from hashbench_spherical.head import Spherical

from hashbench.protocols import Embeddings, RunContext
from hashbench.testing import HashHeadTests


class TestSpherical(HashHeadTests):
    component = Spherical(bits=16)


def fitted(bits=24, n=2000):
    rng = np.random.default_rng(0)
    points = rng.standard_normal((n, 32)).astype(np.float32)
    users, items = np.split(points, 2)
    hasher = Spherical(bits=bits).fit(Embeddings(users, items), None, RunContext())
    return (hasher.hash_users(points).codes.signs() > 0).astype(float)


def test_every_sphere_holds_half_of_the_points_and_two_share_a_quarter():
    """The two conditions that algorithm 1 works towards."""
    inside = fitted()
    assert np.allclose(inside.mean(0), 0.5, atol=0.01)
    shared = (inside.T @ inside / len(inside))[np.triu_indices(24, 1)]
    assert abs(shared - 0.25).mean() <= 0.1 * 0.25 + 1e-9
    assert shared.std() <= 0.15 * 0.25 + 1e-9


def test_near_vectors_get_near_codes():
    rng = np.random.default_rng(1)
    points = rng.standard_normal((500, 10)).astype(np.float32)
    hasher = Spherical(bits=64).fit(Embeddings(points, points), None, RunContext())
    near = points + 0.05 * rng.standard_normal(points.shape).astype(np.float32)
    codes, moved = (hasher.hash_items(side).codes.signs() for side in (points, near))
    assert (codes != moved).mean() < 0.1
    assert 0.4 < (codes != np.roll(codes, 1, axis=0)).mean() < 0.6
