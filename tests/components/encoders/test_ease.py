import numpy as np
import pytest

from hashbench.components.encoders.ease import EASE
from hashbench.testing import EncoderTests

from .laws import CTX, dense, figures_on_ml_1m, random_interactions, scores_of


class TestEASE(EncoderTests):
    component = EASE()


def test_it_solves_its_problem():
    train = random_interactions()
    ones, l2 = dense(train), 7.0
    weights = np.zeros((12, 12))
    for item in range(12):  # each column alone: ridge regression on the other items (Steck, eq. 4 with diag(B) = 0)
        others = np.delete(ones, item, axis=1)
        solution = np.linalg.solve(others.T @ others + l2 * np.eye(11), others.T @ ones[:, item])
        weights[:, item] = np.insert(solution, item, 0.0)
    np.testing.assert_allclose(scores_of(EASE(l2=l2).fit(train, CTX)), ones @ weights, atol=1e-5)


def test_ml_1m_published_split(real_data):
    """Figures that others measured on this split."""
    assert figures_on_ml_1m(EASE(), real_data) == pytest.approx([0.2738, 0.4214], abs=0.002)
