"""The tests of significance agree with scipy and statsmodels, and find nothing more often than they say."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.multitest import multipletests

from hashbench.reporting.significance import all_pairs, block_test, bootstrap_intervals, differences, randomisation_test


@pytest.mark.parametrize("n_users", [2, 5, 12])
def test_of_few_users_every_order_is_taken_as_scipy_does(n_users):
    rng = np.random.default_rng(n_users)
    values = rng.integers(0, 4, (3, n_users)) / 4
    p_values = randomisation_test(values, all_pairs(3), rng)
    for (i, j), p in zip(all_pairs(3), p_values, strict=True):
        expected = stats.permutation_test(
            (values[i], values[j]), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=np.inf
        )
        assert p == pytest.approx(expected.pvalue)


def test_of_many_users_it_agrees_with_scipys_random_orders():
    rng = np.random.default_rng(1)
    values = rng.random((3, 200))
    values[1] += 0.03
    p_values = randomisation_test(values, all_pairs(3), rng)
    for (i, j), p in zip(all_pairs(3), p_values, strict=True):
        expected = stats.permutation_test(
            (values[i], values[j]),
            lambda x, y, axis: np.mean(x - y, axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=9999,
            rng=0,
        )
        assert p == pytest.approx(expected.pvalue, abs=0.02)


def test_the_interval_is_scipys_bootstrap():
    rng = np.random.default_rng(2)
    apart = rng.exponential(1, 150)
    values = np.stack([apart + 1, np.ones(150)])[:, None]
    ((low, high),) = bootstrap_intervals(values, np.ones((1, 150), bool), [(0, 1)], rng, resamples=20_000)
    expected = stats.bootstrap((apart,), np.mean, method="percentile", n_resamples=20_000, rng=0).confidence_interval
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.01)


def test_seeds_widen_the_interval_and_the_larger_p_counts():
    rng = np.random.default_rng(3)
    users = rng.random(500)
    first = {seed: users + shift for seed, shift in enumerate((0.3, 0.0, -0.2))}
    second = dict.fromkeys(range(3), users)
    (difference,) = differences([first, second], [(0, 1)], rng).values()
    assert difference.mean == pytest.approx(0.1 / 3)
    assert difference.p_users < 0.001
    assert difference.p_seeds == pytest.approx(stats.ttest_1samp([0.3, 0.0, -0.2], 0).pvalue)
    assert difference.p == difference.p_seeds
    assert (difference.low, difference.high) == pytest.approx((-0.2, 0.3))
    assert (difference.wins, difference.ties, difference.losses) == (500, 0, 0)


def test_over_seeds_it_is_the_paired_t_test_of_two_methods_and_the_block_design_of_more():
    rng = np.random.default_rng(7)
    means = rng.random((4, 5))
    assert block_test(means[:2], [(0, 1)]) == pytest.approx([stats.ttest_rel(means[0], means[1]).pvalue])
    frame = pd.DataFrame(
        [(method, seed, means[method, seed]) for method in range(4) for seed in range(5)], columns=["m", "s", "y"]
    )
    fit = ols("y ~ C(m) + C(s)", frame).fit()
    for (i, j), p in zip(all_pairs(4), block_test(means, all_pairs(4)), strict=True):
        apart = means[i] - means[j]
        variance = max(2 * fit.mse_resid, apart.var(ddof=1))
        expected = 2 * stats.t.sf(abs(apart.mean()) / np.sqrt(variance / 5), fit.df_resid)
        assert p == pytest.approx(expected)


def test_holm_over_all_pairs_is_that_of_statsmodels():
    rng = np.random.default_rng(4)
    users = rng.random((4, 12)) + np.array([0, 0.2, 0.3, 0.8])[:, None]
    pairs = all_pairs(4)
    compared = differences([{0: row} for row in users], pairs, rng)
    raw = randomisation_test(users, pairs, rng)
    assert [compared[pair].p for pair in pairs] == pytest.approx(multipletests(raw, method="holm")[1].tolist())
    assert [compared[pair].p_users for pair in pairs] == pytest.approx(raw)


def test_users_not_asked_count_nowhere_and_methods_without_a_common_seed_are_not_compared():
    rng = np.random.default_rng(5)
    values = rng.random((2, 10))
    nothing = np.full((2, 4), np.nan)
    wide = np.concatenate([nothing, values], axis=1)
    narrow = differences([{0: row} for row in values], [(0, 1)], np.random.default_rng(0))
    assert differences([{0: row} for row in wide], [(0, 1)], np.random.default_rng(0)) == narrow
    assert differences([{0: values[0]}, {1: values[1]}], [(0, 1)], rng) == {}
    some = differences([{0: values[0], 1: values[1]}, {1: values[0], 2: values[0]}], [(0, 1)], rng)
    assert some[0, 1].mean == pytest.approx((values[1] - values[0]).mean())


@pytest.mark.parametrize("n_seeds", [1, 3])
def test_where_there_is_no_difference_it_errs_as_often_as_it_says(n_seeds):
    """1,000 comparisons at 5 %: the count lies within its binomial interval (99.9 %). With several seeds, training's
    luck is the same for all users of a seed, and no user's test alone could know of it.
    """
    rng = np.random.default_rng(6)
    n_significant = 0
    for _ in range(1000):
        easy = rng.random(60)  # users differ, methods do not
        luck = rng.standard_normal((2, n_seeds)) * (0.2 if n_seeds > 1 else 0)
        methods = [
            {seed: easy + luck[method, seed] + 0.3 * rng.standard_normal(60) for seed in range(n_seeds)}
            for method in range(2)
        ]
        (difference,) = differences(methods, [(0, 1)], rng, rounds=1000, resamples=20).values()
        n_significant += difference.significant
    low, high = stats.binom.interval(0.999, 1000, 0.05)
    assert low <= n_significant <= high
