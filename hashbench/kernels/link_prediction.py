"""Gradient steps on observed links alone, without negatives: the explicit relations of BiNE."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def train_on_links(
    link_users: NDArray[np.int64],
    link_items: NDArray[np.int64],
    users: NDArray[np.float32],
    items: NDArray[np.float32],
    rate: float,
) -> None:
    """Ascend log σ(⟨u, i⟩) by one step of size `rate` for each link, in the order given.

    Args:
        link_users: int64[n_links].
        link_items: int64[n_links].
        users: u float32[n_users, d], updated.
        items: i float32[n_items, d], updated.
        rate: the step size.
    """
    for link in range(len(link_users)):
        user, item = users[link_users[link]], items[link_items[link]]
        score = np.float32(0.0)
        for d in range(len(user)):
            score += user[d] * item[d]
        gain = np.float32(rate * (1.0 - 1.0 / (1.0 + math.exp(-score))))
        for d in range(len(user)):
            user_value = user[d]
            user[d] += gain * item[d]
            item[d] += gain * user_value
