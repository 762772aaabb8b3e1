"""One step of Adam for some rows of a table, in one pass over memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class AdamTable(NamedTuple):
    """A table of parameters and its moments, each float32[n, d]; the moments are named as in torch."""

    values: NDArray[np.float32]
    exp_avg: NDArray[np.float32]
    exp_avg_sq: NDArray[np.float32]


class AdamStep(NamedTuple):
    """Numbers of a step: `step_size` is the learning rate with both bias corrections (Kingma and Ba, section 2)."""

    step_size: np.float32
    one_minus_beta1: np.float32
    one_minus_beta2: np.float32
    eps: np.float32


@njit(nogil=True, cache=True, error_model="numpy")  # a division that could raise is not vectorised
def adam_rows(table: AdamTable, rows: NDArray[np.int64], gradients: NDArray[np.float32], step: AdamStep) -> None:
    """Update the `rows` int64[m] of a table, each listed once, by their gradients float32[m, d]."""
    values, exp_avg, exp_avg_sq = table
    step_size, one_minus_beta1, one_minus_beta2, eps = step
    for j in range(len(rows)):
        value, mean, square = values[rows[j]], exp_avg[rows[j]], exp_avg_sq[rows[j]]
        gradient = gradients[j]
        for d in range(len(value)):
            g = gradient[d]
            mean[d] += (g - mean[d]) * one_minus_beta1
            square[d] += (g * g - square[d]) * one_minus_beta2
            value[d] -= step_size * mean[d] / (np.sqrt(square[d]) + eps)
