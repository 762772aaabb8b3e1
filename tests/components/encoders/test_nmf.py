import itertools

import numpy as np

from hashbench.components.encoders.nmf import NMF
from hashbench.testing import EncoderTests

from .laws import CTX, assert_unknown_items_of_the_own_group_come_before_the_others, dense, two_groups


class TestNMF(EncoderTests):
    component = NMF()


def test_unknown_items_of_the_own_group_come_before_the_others():
    assert_unknown_items_of_the_own_group_come_before_the_others(NMF(dim=4))


def test_updates_never_raise_what_is_minimised():
    train = two_groups()
    ones = dense(train)

    def error(embeddings, l2):
        users, items = embeddings.users.astype(float), embeddings.items.astype(float)
        residual = ((ones - users @ items.T) ** 2).sum()
        user_norms = (ones.sum(1) * (users**2).sum(1)).sum()
        return residual + l2 * (user_norms + (ones.sum(0) * (items**2).sum(1)).sum())

    for l2 in (0.0, 0.05):
        errors = [error(NMF(dim=4, updates=n, l2=l2).fit(train, CTX), l2) for n in (1, 2, 3, 5, 10, 50, 200)]
        assert all(later <= earlier + 1e-5 for earlier, later in itertools.pairwise(errors))
        embeddings = NMF(dim=4, updates=5, l2=l2).fit(train, CTX)
        assert min(embeddings.users.min(), embeddings.items.min()) >= 0


def test_values_are_0_or_not_so_small_that_their_products_are_denormal():
    embeddings = NMF(dim=4, updates=300, l2=0.05).fit(two_groups(), CTX)
    values = np.concatenate([embeddings.users, embeddings.items]).astype(float)
    assert ((values == 0) | (values**2 > np.finfo(np.float32).tiny)).all()
    assert (values == 0).any()
