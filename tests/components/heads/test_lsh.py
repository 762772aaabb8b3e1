import numpy as np
import pytest

from hashbench.components.heads.lsh import LSH
from hashbench.protocols import Embeddings, RunContext
from hashbench.testing import HashHeadTests


class TestLSH(HashHeadTests):
    component = LSH(16)


def test_bits_differ_in_proportion_to_the_angle():
    rng = np.random.default_rng(0)
    u = rng.standard_normal((2, 20)).astype(np.float32)
    hasher = LSH(4000).fit(Embeddings(u, u), None, RunContext(seed=3))
    signs = hasher.hash_users(u).codes.signs()
    angle = np.arccos(u[0] @ u[1] / np.linalg.norm(u[0]) / np.linalg.norm(u[1]))
    assert (signs[0] != signs[1]).mean() == pytest.approx(angle / np.pi, abs=0.03)
    assert np.array_equal(hasher.hash_users(-u).codes.signs(), -signs)
    assert np.array_equal(hasher.hash_items(u).codes.signs(), hasher.hash_users(u - u.mean(0)).codes.signs())
