"""Whether one method is better than another: over users, over seeds, and over as many comparisons as are made.

Two methods are compared on the same users of the same splits, so each user gives one difference. Over users the paired
randomisation test asks how often chance alone, which may give each user's two values to the methods the other way
round, makes the mean difference as large (Smucker, Allan and Carterette, CIKM 2007). It speaks of the trained models
that there are. Where there are several seeds, a t-test speaks of models trained again: the means of methods and seeds
are a randomised block design, and its residual variance, which all methods tell of, stands for the luck of a training
(a pair's own says little with few seeds), unless the pair's own is larger. The larger of the two probabilities counts.
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
"""Random orders of the randomisation test; of few users all orders are taken instead."""

RESAMPLES = 1_000
"""Resamples of the bootstrap."""

LEVEL = 0.05
"""What is below it is called significant, after correction."""

BLOCK_BYTES = 1 << 26

Values = Mapping[int, NDArray[np.floating]]
"""A method's values by seed, each float[n_users] with NaN for users that were not asked."""


@dataclass(frozen=True)
class Difference:
    """One method less another: the mean difference over users and seeds, its interval, and what speaks for it.

    `low` and `high` are the ends of a 95 % bootstrap interval that draws users and seeds again. `p_users` is that of
    the randomisation test, `p_seeds` that over seeds, None of a single one; `p` is the larger one, after Holm's
    correction. `wins`, `ties` and `losses` count users.
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
        """Say whether chance is unlikely to be the reason."""
        return self.p < LEVEL


def differences(
    methods: Sequence[Values],
    pairs: Sequence[tuple[int, int]],
    rng: np.random.Generator,
    rounds: int = ROUNDS,
    resamples: int = RESAMPLES,
) -> dict[tuple[int, int], Difference]:
    """Compare pairs of methods, given by their places; those are left out that have no seed in common."""
    found: dict[tuple[int, int], Difference] = {}
    by_seeds: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for first, second in pairs:
        common = tuple(sorted(methods[first].keys() & methods[second].keys()))
        if common:
            by_seeds.setdefault(common, []).append((first, second))
    for seeds, alike in by_seeds.items():
        taken = sorted({place for pair in alike for place in pair})
        table = np.stack([[np.asarray(methods[place][seed], np.float64) for seed in seeds] for place in taken])
        places = [(taken.index(i), taken.index(j)) for i, j in alike]
        if np.isfinite(table).all(axis=0).any():
            compared = _compared(table, places, rng, rounds, resamples)
            found |= dict(zip(alike, compared, strict=True))
    return _corrected(found)


def _compared(
    table: NDArray[np.float64], pairs: Sequence[tuple[int, int]], rng: np.random.Generator, rounds: int, resamples: int
) -> list[Difference]:
    """Compare methods of a table float64[n_methods, n_seeds, n_users], uncorrected."""
    asked = np.logical_and.reduce(np.isfinite(table))
    users = asked.any(axis=0)
    kept, asked = np.where(asked, table, 0.0)[:, :, users], asked[:, users]
    per_user = kept.sum(axis=1) / asked.sum(axis=0)
    p_users = randomisation_test(per_user, pairs, rng, rounds)
    intervals = bootstrap_intervals(kept, asked, pairs, rng, resamples)
    means = kept.sum(axis=2) / np.maximum(asked.sum(axis=1), 1)
    p_of_seeds = block_test(means, pairs) if table.shape[1] > 1 else [None] * len(pairs)
    found = []
    for (i, j), p_user, p_seeds, (low, high) in zip(pairs, p_users, p_of_seeds, intervals, strict=True):
        signs = np.sign(per_user[i] - per_user[j])
        wins, ties, losses = (int((signs == sign).sum()) for sign in (1, 0, -1))
        p = max(p_user, p_seeds or 0.0)
        mean = float((means[i] - means[j]).mean())
        found.append(Difference(mean, low, high, p_user, p_seeds, p, wins, ties, losses))
    return found


def _corrected(found: dict[tuple[int, int], Difference]) -> dict[tuple[int, int], Difference]:
    from statsmodels.stats.multitest import multipletests

    if len(found) < 2:
        return found
    corrected = multipletests([one.p for one in found.values()], method="holm")[1]
    return {pair: replace(one, p=float(p)) for (pair, one), p in zip(found.items(), corrected, strict=True)}


def randomisation_test(
    values: NDArray[np.float64], pairs: Sequence[tuple[int, int]], rng: np.random.Generator, rounds: int = ROUNDS
) -> list[float]:
    """Return the two-sided p of each pair of rows of float64[n_methods, n_users].

    One set of random signs serves all pairs: the sum of signed differences is the difference of signed sums.
    """
    n_users = values.shape[1]
    every = n_users < 63 and 1 << n_users <= rounds
    n_rounds = 1 << n_users if every else rounds
    sums = np.empty((n_rounds, len(values)))
    block = max(1, BLOCK_BYTES // (8 * max(n_users, 1)))
    for start in range(0, n_rounds, block):
        stop = min(start + block, n_rounds)
        if every:
            bits = (np.arange(start, stop)[:, None] >> np.arange(n_users) & 1).astype(np.uint8)
        else:
            drawn = rng.integers(0, 256, (stop - start, -(-n_users // 8)), np.uint8)
            bits = np.unpackbits(drawn, axis=1, count=n_users)
        sums[start:stop] = (1.0 - 2.0 * bits) @ values.T
    found = []
    for i, j in pairs:
        observed = abs((values[i] - values[j]).sum())
        tolerance = 1e-9 * np.abs(values[i] - values[j]).sum()
        as_large = int((np.abs(sums[:, i] - sums[:, j]) >= observed - tolerance).sum())
        found.append(as_large / n_rounds if every else (as_large + 1) / (n_rounds + 1))
    return found


def block_test(means: NDArray[np.float64], pairs: Sequence[tuple[int, int]]) -> list[float]:
    """Return the two-sided p of pairs of rows of float64[n_methods, n_seeds], of two seeds or more.

    Of two methods it is the paired t-test.
    """
    from scipy import stats

    n_methods, n_seeds = means.shape
    residuals = means - means.mean(axis=1, keepdims=True) - means.mean(axis=0) + means.mean()
    freedom = (n_methods - 1) * (n_seeds - 1)
    common = 2 * (residuals**2).sum() / freedom
    found = []
    for i, j in pairs:
        apart = means[i] - means[j]
        mean, error = abs(apart.mean()), math.sqrt(max(common, apart.var(ddof=1)) / n_seeds)
        found.append(2 * float(stats.t.sf(mean / error, freedom)) if error > 0 else float(mean == 0))
    return found


def bootstrap_intervals(
    values: NDArray[np.float64],
    asked: NDArray[np.bool_],
    pairs: Sequence[tuple[int, int]],
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> list[tuple[float, float]]:
    """Return 95 % percentile intervals of the pairs' mean difference, from float64[n_methods, n_seeds, n_users].

    Seeds and users are both drawn again with replacement, the same for all pairs. `asked` bool[n_seeds, n_users] says
    where there is a value; `values` are 0 elsewhere.
    """
    n_methods, n_seeds, n_users = values.shape
    means = np.empty((resamples, n_methods))
    flat = values.reshape(-1, n_users).T
    block = max(1, BLOCK_BYTES // (8 * max(n_users, 1)))
    for start in range(0, resamples, block):
        stop = min(start + block, resamples)
        drawn = (rng.integers(0, n_users, n_users) for _ in range(start, stop))
        times = np.stack([np.bincount(users, minlength=n_users).astype(np.float64) for users in drawn])
        counts = np.maximum(times @ asked.T, 1)  # [size, n_seeds]
        per_seed = (times @ flat).reshape(stop - start, n_methods, n_seeds) / counts[:, None]
        seeds = rng.integers(0, n_seeds, (stop - start, 1, n_seeds))
        means[start:stop] = np.take_along_axis(per_seed, seeds, axis=2).mean(axis=2)
    ends = [np.quantile(means[:, i] - means[:, j], (0.025, 0.975)) for i, j in pairs]
    return [(float(low), float(high)) for low, high in ends]


def all_pairs(n: int) -> list[tuple[int, int]]:
    """Return each pair of places once, the better-ranked first."""
    return list(itertools.combinations(range(n), 2))
