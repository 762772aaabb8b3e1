import numpy as np
import pytest

from hashbench.components.encoders.item_knn import ItemKNN
from hashbench.data.interactions import Interactions
from hashbench.testing import EncoderTests

from .laws import CTX, figures_on_ml_1m, scores_of


class TestItemKNN(EncoderTests):
    component = ItemKNN()


def test_neighbours_by_hand():
    train = Interactions.from_pairs([0, 0, 1, 1, 2, 2, 3], [0, 1, 0, 1, 0, 2, 2], 4, 3)
    near, far = 2 / np.sqrt(3 * 2), 1 / np.sqrt(3 * 2)  # items 0 and 1, items 0 and 2; 1 and 2 have no user in common
    scores = scores_of(ItemKNN(neighbours=1).fit(train, CTX))
    # The nearest of item 0 is 1, of item 1 is 0, of item 2 is 0.
    expected = [[near, near, far], [near, near, far], [0, near, far], [0, 0, 0]]
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_ml_1m_published_split(real_data):
    """Figures that others measured on this split."""
    assert figures_on_ml_1m(ItemKNN(), real_data) == pytest.approx([0.2241, 0.3562], abs=0.002)
