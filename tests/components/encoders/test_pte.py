import numpy as np
import pytest

from hashbench.components.encoders.pte import PTE
from hashbench.data.interactions import Interactions
from hashbench.testing import EncoderTests

from .laws import CTX, assert_unknown_items_of_the_own_group_come_before_the_others


class TestPTE(EncoderTests):
    component = PTE()


def test_unknown_items_of_the_own_group_come_before_the_others():
    assert_unknown_items_of_the_own_group_come_before_the_others(PTE(dim=4, epochs=100))


@pytest.mark.parametrize("power", [0.0, 0.5])
def test_scores_grow_with_log_degree_less_the_powers_share(power):
    rng = np.random.default_rng(2)
    hit_probability = np.geomspace(0.05, 0.8, 24)
    pairs = np.nonzero(rng.random((400, 24)) < hit_probability)
    train = Interactions.from_pairs(*pairs, 400, 24)
    embeddings = PTE(dim=1, epochs=200, power=power).fit(train, CTX)
    degrees = np.bincount(train.indices, minlength=24)
    slope = np.polyfit(np.log(degrees), embeddings.items @ embeddings.users.mean(axis=0), 1)[0]
    # A negative that is the positive is left out, which happens to common items more often and tilts the slope.
    assert slope == pytest.approx(1 - power, abs=0.2)
