import numpy as np

from hashbench.components.heads.hyperplanes import HyperplaneHasher


def test_codes_are_signs_of_projections_and_items_are_shifted_by_their_mean():
    normals = np.array([[1, 0], [0, 1]], np.float32)
    hasher = HyperplaneHasher(normals, np.array([2, 0], np.float32))
    embeddings = np.array([[1, 1], [-1, 3], [3, -1]], np.float32)
    users, items = hasher.hash_users(embeddings), hasher.hash_items(embeddings)
    assert users.codes.signs().tolist() == [[1, 1], [-1, 1], [1, -1]]
    assert items.codes.signs().tolist() == [[-1, 1], [-1, 1], [1, -1]]
    assert users.embeddings is embeddings
    assert items.embeddings is embeddings
