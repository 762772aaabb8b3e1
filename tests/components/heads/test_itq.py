import numpy as np
import pytest

from hashbench.components.heads.itq import ITQ
from hashbench.errors import RunFailed
from hashbench.protocols import Embeddings, RunContext
from hashbench.testing import HashHeadTests

CTX = RunContext(0)


class TestITQ(HashHeadTests):
    component = ITQ(bits=8)


def test_it_finds_the_corners_that_vectors_lie_at():
    """Vectors near a rotated cube's corners: two have the same code exactly if they have the same corner."""
    rng = np.random.default_rng(3)
    corners = rng.choice([-1.0, 1.0], (400, 4))
    corners = np.concatenate([corners, -corners])  # so that their mean is 0
    rotation, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    vectors = (corners @ rotation + 0.01 * rng.standard_normal(corners.shape)).astype(np.float32)
    hasher = ITQ(bits=4).fit(Embeddings(vectors, vectors), None, CTX)
    signs = hasher.hash_items(vectors).codes.signs()
    same_code = (signs @ signs.T) == 4
    same_corner = (corners @ corners.T) == 4
    np.testing.assert_array_equal(same_code, same_corner)
    np.testing.assert_allclose(hasher.normals.T @ hasher.normals, np.eye(4), atol=1e-5)


def test_a_code_longer_than_the_embeddings_is_an_error():
    embeddings = Embeddings(*(np.ones((5, 4), np.float32),) * 2)
    with pytest.raises(RunFailed, match="head 'itq' has bits=8, but embeddings have only 4 values"):
        ITQ(bits=8).fit(embeddings, None, CTX)
