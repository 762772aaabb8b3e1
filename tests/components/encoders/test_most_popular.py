import numpy as np
import pytest

import hashbench
from hashbench.components.encoders.most_popular import MostPopular
from hashbench.testing import EncoderTests

from .laws import CTX, dense, random_interactions, scores_of


class TestMostPopular(EncoderTests):
    component = MostPopular()


def test_popularity_counts_users():
    train = random_interactions()
    expected = np.tile(dense(train).sum(axis=0), (30, 1))
    np.testing.assert_array_equal(scores_of(MostPopular().fit(train, CTX)), expected)


def test_ml_1m_published_split(real_data):
    """Figures that others measured on this split, with all of the training part to fit to."""
    settings = {"dataset": "ml-1m", "split": "published:valid=0", "k": 20, "data_dir": real_data, "threads": 1}
    (record,) = hashbench.run(encoder="most_popular", head="continuous", **settings)
    assert record.metrics["recall@20"] == pytest.approx(0.1153, abs=0.002)
    assert record.metrics["ndcg@20"] == pytest.approx(0.1964, abs=0.002)
