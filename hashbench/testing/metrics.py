"""Conformance of metrics."""

from __future__ import annotations

import numpy as np

from hashbench.protocols import ScoredRanking
from hashbench.testing.components import ComponentTests


class MetricTests(ComponentTests):
    """A metric returns one value per user, NaN without test items, and a value no worse for earlier hits."""

    def test_one_value_per_user_and_nan_without_test_items(self) -> None:
        """NaN, not 0, leaves a user out of the mean."""
        hits = np.array([[True, False, True], [False, False, False], [False, False, False]])
        values = self.component.per_user(ScoredRanking(np.zeros((3, 3), np.int32), hits, np.array([2, 4, 0])))
        assert values.shape == (3,)
        assert np.isfinite(values[:2]).all()
        assert np.isnan(values[2])

    def test_the_best_ranking_is_no_worse_than_the_worst(self) -> None:
        """`higher_is_better` says which value is better."""
        hits = np.array([[True, True, False, False], [False, False, True, True]])
        best, worst = self.component.per_user(ScoredRanking(np.zeros((2, 4), np.int32), hits, np.array([2, 2])))
        assert best >= worst if self.component.higher_is_better else best <= worst
