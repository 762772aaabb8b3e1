import numpy as np
import pytest

from hashbench.kernels.link_prediction import train_on_links


def test_a_step_on_a_link_is_that_of_the_gradient():
    rng = np.random.default_rng(2)
    users, items = (rng.standard_normal((1, 4)).astype(np.float32) for _ in range(2))
    u, i, rate, h = users[0].astype(float), items[0].astype(float), 1e-3, 1e-5
    train_on_links(np.array([0]), np.array([0]), users, items, rate)

    def objective(u, i):
        return -np.log1p(np.exp(-(u @ i)))

    for d in range(4):
        along = np.eye(4)[d] * h
        user_slope = (objective(u + along, i) - objective(u - along, i)) / (2 * h)
        item_slope = (objective(u, i + along) - objective(u, i - along)) / (2 * h)
        assert (users[0] - u)[d] == pytest.approx(rate * user_slope, rel=1e-2)
        assert (items[0] - i)[d] == pytest.approx(rate * item_slope, rel=1e-2)
