import numpy as np
import pytest

from hashbench.components.encoders import history
from hashbench.components.encoders.ease import EASE
from hashbench.errors import RunFailed

from .laws import CTX, dense, random_interactions, scores_of


def test_matrices_by_hand():
    train = random_interactions()
    ones = dense(train)
    np.testing.assert_array_equal(history.matrix(train).toarray(), ones)
    np.testing.assert_array_equal(history.item_gram(train, "ease"), ones.T @ ones)
    weights = np.random.default_rng(0).integers(-3, 4, (12, 12)).astype(float)
    np.testing.assert_array_equal(scores_of(history.by_history(train, weights)), ones @ weights)


def test_too_many_items_are_an_error(monkeypatch):
    monkeypatch.setattr(history, "MAX_ITEMS", 11)
    with pytest.raises(RunFailed, match="encoder 'ease' needs a matrix of all pairs of items, and 12 items are too"):
        EASE().fit(random_interactions(), CTX)
