import numpy as np
import pytest

import hashbench
from hashbench.components.encoders.svd import SVD
from hashbench.errors import RunFailed
from hashbench.testing import EncoderTests

from .laws import CTX, dense, random_interactions, scores_of


class TestSVD(EncoderTests):
    component = SVD(dim=8)


def test_singular_vectors_give_the_best_approximation_on_the_scale_of_the_items():
    train = random_interactions()
    ones = dense(train)
    users, items = np.sqrt(ones.sum(axis=1)), np.sqrt(np.maximum(ones.sum(axis=0), 1))
    normalised = ones / users[:, None] / items
    left, values, right = np.linalg.svd(normalised, full_matrices=False)
    best = (left[:, :5] * values[:5]) @ right[:5] * items
    np.testing.assert_allclose(scores_of(SVD(dim=5).fit(train, CTX)), best, atol=1e-5)


def test_too_few_singular_vectors_are_an_error():
    with pytest.raises(RunFailed, match="encoder 'svd' has dim=12, but 30 users × 12 items have only 11 singular"):
        SVD(dim=12).fit(random_interactions(), CTX)


@pytest.mark.parametrize(("encoder", "recall", "ndcg"), [("svd", 0.2539, 0.3943), ("svd:dim=256", 0.2655, 0.4024)])
def test_ml_1m_published_split(encoder, recall, ndcg, real_data):
    """Figures that others measured on this split, with all of the training part to fit to."""
    settings = {"dataset": "ml-1m", "split": "published:valid=0", "k": 20, "data_dir": real_data, "threads": 1}
    (record,) = hashbench.run(encoder=encoder, head="continuous", **settings)
    assert record.metrics["recall@20"] == pytest.approx(recall, abs=0.002)
    assert record.metrics["ndcg@20"] == pytest.approx(ndcg, abs=0.002)
