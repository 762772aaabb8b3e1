import numpy as np

from hashbench.kernels.row_adam import adam_rows


def test_the_first_step_of_the_rows_with_a_gradient_and_of_no_others():
    values, exp_avg, exp_avg_sq = (np.full((3, 2), value, np.float32) for value in (1, 0, 0))
    gradients = np.array([[2, -3], [0.5, 0]], np.float32)
    step = np.array([0.1, 0.1, 0.001, 1e-8], np.float32)
    adam_rows(values, exp_avg, exp_avg_sq, np.array([2, 0]), gradients, step)
    assert np.allclose(exp_avg, np.array([[0.5, 0], [0, 0], [2, -3]]) * 0.1)
    squares = np.array([[0.25, 0], [0, 0], [4, 9]]) * 0.001
    assert np.allclose(exp_avg_sq, squares)
    moves = 0.1 * exp_avg / (np.sqrt(squares) + 1e-8)
    assert np.allclose(values, 1 - moves)
    assert values[1].tolist() == [1, 1]
