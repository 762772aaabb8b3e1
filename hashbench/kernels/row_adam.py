"""One step of Adam for some rows of a table, in one pass over memory."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")  # a division that could raise is not vectorised
def adam_rows(
    values: NDArray[np.float32],
    exp_avg: NDArray[np.float32],
    exp_avg_sq: NDArray[np.float32],
    rows: NDArray[np.int64],
    gradients: NDArray[np.float32],
    step: NDArray[np.float32],
) -> None:
    """Update some rows of a table and of its moments, which are named as in torch.

    Args:
        values: the parameters float32[n, d].
        exp_avg: float32[n, d].
        exp_avg_sq: float32[n, d].
        rows: int64[m], each listed once.
        gradients: of the rows, float32[m, d].
        step: float32[4]: the learning rate with both bias corrections (Kingma and Ba, section 2), 1 - β₁, 1 - β₂ and ε.
            An array, because numba takes 2 µs to read a named tuple from Python.
    """
    step_size, one_minus_beta1, one_minus_beta2, eps = step[0], step[1], step[2], step[3]
    for j in range(len(rows)):
        value, mean, square = values[rows[j]], exp_avg[rows[j]], exp_avg_sq[rows[j]]
        gradient = gradients[j]
        for d in range(len(value)):
            g = gradient[d]
            mean[d] += (g - mean[d]) * one_minus_beta1
            square[d] += (g * g - square[d]) * one_minus_beta2
            value[d] -= step_size * mean[d] / (np.sqrt(square[d]) + eps)
