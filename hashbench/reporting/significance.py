"""Tests whether one method is better than another: over users, over seeds, corrected for many comparisons.

Two methods are compared on the same users of the same splits, so each user gives one difference.

Over users, the paired randomisation test asks how often a mean difference as large arises by chance alone, if each
user's two values are assigned to the methods at random (Smucker, Allan and Carterette, CIKM 2007). It holds for the
models that were trained.

With several seeds, a t-test over seeds holds for models trained again. The means of methods and seeds are a randomised
block design. Its residual variance, estimated from all methods, measures the variation between trainings; a pair's own
variance is used if it is larger, since alone it is a poor estimate with few seeds. The larger of the two probabilities
counts.

All comparisons of a table are corrected together by Holm's method.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

ROUNDS = 10_000
"""Random assignments of the randomisation test. If there are no more assignments than this, all are enumerated."""

RESAMPLES = 1_000
"""Resamples of the bootstrap."""

LEVEL = 0.05
"""A corrected probability below this is called significant."""

BLOCK_BYTES = 1 << 26
"""Memory of one block of assignments or resamples."""

Values = Mapping[int, NDArray[np.floating]]
"""A method's values by seed, each float[n_users] with NaN for users without test items."""


@dataclass(frozen=True)
class Difference:
    """One method less another: the mean difference over users and seeds, its interval and its probability.

    `low` and `high` are the ends of a 95 % bootstrap interval over users and seeds. `p_users` is the probability of the
    randomisation test, `p_seeds` that of the t-test over seeds, None with a single seed. `p` is the larger of both,
    after Holm's correction. `wins`, `ties` and `losses` count users.
    """

    mean: float
    low: float
    high: float
    p_users: float
    p_seeds: float | None
    p: float
    wins: int
    ties: int
    losses: int

    @property
    def significant(self) -> bool:
        """Say whether the corrected probability is below `LEVEL`."""
        return self.p < LEVEL


def differences(
    methods: Sequence[Values],
    pairs: Sequence[tuple[int, int]],
    rng: np.random.Generator,
    rounds: int = ROUNDS,
    resamples: int = RESAMPLES,
) -> dict[tuple[int, int], Difference]:
    """Compare pairs of methods, given by their indices; pairs without a common seed are left out."""
    compared: dict[tuple[int, int], Difference] = {}
    by_seeds: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for first, second in pairs:
        common = tuple(sorted(methods[first].keys() & methods[second].keys()))
        if common:
            by_seeds.setdefault(common, []).append((first, second))
    for seeds, pairs_of_seeds in by_seeds.items():
        used = sorted({method for pair in pairs_of_seeds for method in pair})
        table = np.stack([[np.asarray(methods[method][seed], np.float64) for seed in seeds] for method in used])
        local_pairs = [(used.index(i), used.index(j)) for i, j in pairs_of_seeds]
        if np.isfinite(table).all(axis=0).any():
            of_seeds = _compare(table, local_pairs, rng, rounds, resamples)
            compared |= dict(zip(pairs_of_seeds, of_seeds, strict=True))
    return _holm_corrected(compared)


def randomisation_test(
    values: NDArray[np.float64], pairs: Sequence[tuple[int, int]], rng: np.random.Generator, rounds: int = ROUNDS
) -> list[float]:
    """Return the two-sided p of each pair of rows of float64[n_methods, n_users].

    One set of random signs serves all pairs: the sum of signed differences is the difference of signed sums.
    """
    n_users = values.shape[1]
    exact = n_users < 63 and 1 << n_users <= rounds
    n_rounds = 1 << n_users if exact else rounds
    sums = np.empty((n_rounds, len(values)))
    block = max(1, BLOCK_BYTES // (8 * max(n_users, 1)))
    for start in range(0, n_rounds, block):
        stop = min(start + block, n_rounds)
        if exact:
            bits = (np.arange(start, stop)[:, None] >> np.arange(n_users) & 1).astype(np.uint8)
        else:
            random_bytes = rng.integers(0, 256, (stop - start, -(-n_users // 8)), np.uint8)
            bits = np.unpackbits(random_bytes, axis=1, count=n_users)
        sums[start:stop] = (1.0 - 2.0 * bits) @ values.T
    p_values = []
    for i, j in pairs:
        observed = abs((values[i] - values[j]).sum())
        tolerance = 1e-9 * np.abs(values[i] - values[j]).sum()
        as_large = int((np.abs(sums[:, i] - sums[:, j]) >= observed - tolerance).sum())
        p_values.append(as_large / n_rounds if exact else (as_large + 1) / (n_rounds + 1))
    return p_values


def block_test(means: NDArray[np.float64], pairs: Sequence[tuple[int, int]]) -> list[float]:
    """Return the two-sided p of pairs of rows of float64[n_methods, n_seeds], with at least two seeds.

    For two methods it is the paired t-test.
    """
    from scipy import stats

    n_methods, n_seeds = means.shape
    residuals = means - means.mean(axis=1, keepdims=True) - means.mean(axis=0) + means.mean()
    freedom = (n_methods - 1) * (n_seeds - 1)
    residual_variance = 2 * (residuals**2).sum() / freedom
    p_values = []
    for i, j in pairs:
        gaps = means[i] - means[j]
        mean, error = abs(gaps.mean()), math.sqrt(max(residual_variance, gaps.var(ddof=1)) / n_seeds)
        p_values.append(2 * float(stats.t.sf(mean / error, freedom)) if error > 0 else float(mean == 0))
    return p_values


def bootstrap_intervals(
    values: NDArray[np.float64],
    evaluated: NDArray[np.bool_],
    pairs: Sequence[tuple[int, int]],
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> list[tuple[float, float]]:
    """Return 95 % percentile intervals of the pairs' mean difference, from float64[n_methods, n_seeds, n_users].

    Seeds and users are both resampled with replacement, the same for all pairs. `evaluated` bool[n_seeds, n_users]
    says where there is a value; `values` are 0 elsewhere.
    """
    n_methods, n_seeds, n_users = values.shape
    means = np.empty((resamples, n_methods))
    flat = values.reshape(-1, n_users).T
    block = max(1, BLOCK_BYTES // (8 * max(n_users, 1)))
    for start in range(0, resamples, block):
        stop = min(start + block, resamples)
        samples = (rng.integers(0, n_users, n_users) for _ in range(start, stop))
        weights = np.stack([np.bincount(users, minlength=n_users).astype(np.float64) for users in samples])
        counts = np.maximum(weights @ evaluated.T, 1)  # [size, n_seeds]
        per_seed = (weights @ flat).reshape(stop - start, n_methods, n_seeds) / counts[:, None]
        seeds = rng.integers(0, n_seeds, (stop - start, 1, n_seeds))
        means[start:stop] = np.take_along_axis(per_seed, seeds, axis=2).mean(axis=2)
    ends = [np.quantile(means[:, i] - means[:, j], (0.025, 0.975)) for i, j in pairs]
    return [(float(low), float(high)) for low, high in ends]


def all_pairs(n: int) -> list[tuple[int, int]]:
    """Return each pair of n indices once, the smaller index first."""
    return list(itertools.combinations(range(n), 2))


def _compare(
    table: NDArray[np.float64], pairs: Sequence[tuple[int, int]], rng: np.random.Generator, rounds: int, resamples: int
) -> list[Difference]:
    """Compare methods of a table float64[n_methods, n_seeds, n_users], without Holm's correction."""
    evaluated = np.logical_and.reduce(np.isfinite(table))
    users = evaluated.any(axis=0)
    values, evaluated = np.where(evaluated, table, 0.0)[:, :, users], evaluated[:, users]
    per_user = values.sum(axis=1) / evaluated.sum(axis=0)
    p_users = randomisation_test(per_user, pairs, rng, rounds)
    intervals = bootstrap_intervals(values, evaluated, pairs, rng, resamples)
    means = values.sum(axis=2) / np.maximum(evaluated.sum(axis=1), 1)
    p_seeds = block_test(means, pairs) if table.shape[1] > 1 else [None] * len(pairs)
    compared = []
    for (i, j), over_users, over_seeds, (low, high) in zip(pairs, p_users, p_seeds, intervals, strict=True):
        signs = np.sign(per_user[i] - per_user[j])
        wins, ties, losses = (int((signs == sign).sum()) for sign in (1, 0, -1))
        p = max(over_users, over_seeds or 0.0)
        mean = float((means[i] - means[j]).mean())
        compared.append(Difference(mean, low, high, over_users, over_seeds, p, wins, ties, losses))
    return compared


def _holm_corrected(compared: dict[tuple[int, int], Difference]) -> dict[tuple[int, int], Difference]:
    from statsmodels.stats.multitest import multipletests

    if len(compared) < 2:
        return compared
    corrected = multipletests([difference.p for difference in compared.values()], method="holm")[1]
    return {
        pair: replace(difference, p=float(p)) for (pair, difference), p in zip(compared.items(), corrected, strict=True)
    }
