"""A hasher whose embeddings are those it is given."""

import numpy as np

from hashbench.data.codes import Codes
from hashbench.protocols import Hashed
from hashbench.training.with_embeddings import WithEmbeddings


class Signs:
    """Codes are signs; embeddings are zeros."""

    def hash_users(self, embeddings):
        return Hashed(Codes.from_signs(embeddings), np.zeros_like(embeddings))

    def hash_items(self, embeddings):
        return self.hash_users(-embeddings)


def test_codes_are_the_hashers_and_embeddings_the_given_ones():
    embeddings = np.random.default_rng(0).standard_normal((5, 9)).astype(np.float32)
    users, items = WithEmbeddings(Signs()).hash_users(embeddings), WithEmbeddings(Signs()).hash_items(embeddings)
    assert users.embeddings is items.embeddings is embeddings
    assert np.array_equal(users.codes.packed, Codes.from_signs(embeddings).packed)
    assert np.array_equal(items.codes.packed, Codes.from_signs(-embeddings).packed)
