import numpy as np
import pytest

from hashbench.kernels.skip_gram import Negatives, skip_gram_step


def test_a_step_is_that_of_the_gradient():
    rng = np.random.default_rng(1)
    centre, contexts = rng.standard_normal(5).astype(np.float32), rng.standard_normal((3, 5)).astype(np.float32)
    negatives = Negatives(np.full(4, 2, np.int32), 1)

    def objective(v, c):
        return -np.log1p(np.exp(-(v @ c[0]))) - np.log1p(np.exp(v @ c[2]))

    rate, h, before = 1e-3, 1e-4, (centre.astype(float), contexts.astype(float))
    skip_gram_step(centre, contexts, 0, negatives, rate, np.empty(5, np.float32))
    for d in range(5):
        along = np.eye(5)[d] * h
        slope = (objective(before[0] + along, before[1]) - objective(before[0] - along, before[1])) / (2 * h)
        assert (centre - before[0])[d] == pytest.approx(rate * slope, rel=1e-2, abs=1e-6)
    for row in (0, 2):
        for d in range(5):
            along = np.zeros((3, 5))
            along[row, d] = h
            slope = (objective(before[0], before[1] + along) - objective(before[0], before[1] - along)) / (2 * h)
            assert (contexts - before[1])[row, d] == pytest.approx(rate * slope, rel=1e-2, abs=1e-6)
    assert np.array_equal(contexts[1], before[1][1].astype(np.float32))


def test_a_negative_that_is_the_target_is_skipped():
    contexts = np.ones((2, 3), np.float32)
    without, with_skipped = np.ones(3, np.float32), np.ones(3, np.float32)
    noise = np.zeros(1, np.int32)
    skip_gram_step(without, contexts.copy(), 0, Negatives(noise, 0), 0.1, np.empty(3, np.float32))
    skip_gram_step(with_skipped, contexts.copy(), 0, Negatives(noise, 4), 0.1, np.empty(3, np.float32))
    assert np.array_equal(without, with_skipped)
