"""Skip-gram with negative sampling: the step that network embeddings share."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.protocols import FloatArray

TABLE = 1 << 20
"""Places of a table of noise: nodes have as many as is their share."""


def noise_table(degrees: NDArray[np.int64], power: float = 0.75) -> NDArray[np.int32]:
    """Return nodes in proportion to degree^power, ¾ in Mikolov et al. (NIPS 2013): int32[TABLE], to draw places from.

    Nodes without neighbours are left out, whatever the power.
    """
    shares = np.cumsum(np.where(degrees > 0, np.maximum(degrees, 1).astype(np.float64) ** power, 0.0))
    places = (np.arange(TABLE) + 0.5) / TABLE * shares[-1]
    found: NDArray[np.int32] = np.searchsorted(shares, places).astype(np.int32)
    return found


@njit(nogil=True, cache=True)
def push(
    centre: FloatArray,
    contexts: FloatArray,
    target: int,
    noise: NDArray[np.int32],
    negatives: int,
    rate: float,
    moved: FloatArray,
) -> None:
    """Climb log σ(⟨v, c_t⟩) + Σ_j log σ(-⟨v, c_j⟩) a step: v float32[d] is `centre`, c float32[n, d] the contexts.

    The j are drawn from `noise`, the target left out; `moved` float32[d] is memory to work in.
    """
    moved[:] = 0
    for number in range(negatives + 1):
        which, wanted = target, np.float32(1.0)
        if number > 0:
            which, wanted = noise[np.random.randint(len(noise))], np.float32(0.0)  # noqa: NPY002
            if which == target:
                continue
        context = contexts[which]
        score = np.float32(0.0)
        for d in range(len(centre)):
            score += centre[d] * context[d]
        gain = np.float32(rate * (wanted - 1.0 / (1.0 + math.exp(-score))))
        for d in range(len(centre)):
            moved[d] += gain * context[d]
            context[d] += gain * centre[d]
    for d in range(len(centre)):
        centre[d] += moved[d]
