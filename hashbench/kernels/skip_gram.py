"""One gradient step of skip-gram with negative sampling (Mikolov et al., NIPS 2013)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Negatives(NamedTuple):
    """How negatives are drawn: uniformly from the positions of `noise` int32[size], `n_negatives` for each positive."""

    noise: NDArray[np.int32]
    n_negatives: int


@njit(nogil=True, cache=True)
def skip_gram_step(
    centre: NDArray[np.float32],
    contexts: NDArray[np.float32],
    target: int,
    negatives: Negatives,
    rate: float,
    workspace: NDArray[np.float32],
) -> None:
    """Ascend log σ(⟨v, c_t⟩) + Σ_j log σ(-⟨v, c_j⟩) by one step of size `rate`.

    A negative j that equals the target is skipped. The random numbers are those of numba's generator.

    Args:
        centre: v float32[d], updated.
        contexts: c float32[n, d]; the rows of the target and of the negatives are updated.
        target: the row t of the positive context.
        negatives: how the rows j are drawn.
        rate: the step size.
        workspace: float32[d]; its values are overwritten.
    """
    noise, n_negatives = negatives
    workspace[:] = 0
    for draw in range(n_negatives + 1):
        context_row, label = target, np.float32(1.0)
        if draw > 0:
            context_row, label = noise[np.random.randint(len(noise))], np.float32(0.0)  # noqa: NPY002
            if context_row == target:
                continue
        context = contexts[context_row]
        score = np.float32(0.0)
        for d in range(len(centre)):
            score += centre[d] * context[d]
        gain = np.float32(rate * (label - 1.0 / (1.0 + math.exp(-score))))
        for d in range(len(centre)):
            workspace[d] += gain * context[d]
            context[d] += gain * centre[d]
    for d in range(len(centre)):
        centre[d] += workspace[d]
