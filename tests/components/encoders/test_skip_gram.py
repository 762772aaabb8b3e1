import numpy as np
import pytest

from hashbench.components.encoders.skip_gram import TABLE, noise_table


def test_noise_is_in_proportion_to_degree_to_the_three_quarters():
    degrees = np.array([1, 16, 0, 81])
    shares = np.bincount(noise_table(degrees), minlength=4) / TABLE
    assert shares == pytest.approx(np.array([1, 8, 0, 27]) / 36, abs=2 / TABLE)
