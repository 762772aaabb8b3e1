"""Conformance of metrics."""

from __future__ import annotations

import numpy as np

from hashbench.protocols import ScoredRanking
from hashbench.testing.components import ComponentTests


class MetricTests(ComponentTests):
    """A metric gives one value a user, NaN where there is nothing to find, and no worse a value to earlier hits."""

    def test_one_value_a_user_and_none_without_test_items(self) -> None:
        """NaN, and not 0, is what means leave out."""
        hits = np.array([[True, False, True], [False, False, False], [False, False, False]])
        values = self.component.per_user(ScoredRanking(np.zeros((3, 3), np.int32), hits, np.array([2, 4, 0])))
        assert values.shape == (3,)
        assert np.isfinite(values[:2]).all()
        assert np.isnan(values[2])

    def test_the_best_ranking_is_no_worse_than_the_worst(self) -> None:
        """As far as `higher_is_better` says."""
        hits = np.array([[True, True, False, False], [False, False, True, True]])
        best, worst = self.component.per_user(ScoredRanking(np.zeros((2, 4), np.int32), hits, np.array([2, 2])))
        assert best >= worst if self.component.higher_is_better else best <= worst
