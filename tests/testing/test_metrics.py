"""The conformance tests of metrics fail for a metric that breaks a law."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from hashbench.testing import MetricTests


@dataclass(frozen=True)
class Misses:
    """Ranks without a hit, said to be better the more there are; 0 without test items."""

    name: ClassVar[str] = "misses"
    label: ClassVar[str] = "Misses"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, ranking):
        return (~ranking.hits).cumsum(1)[:, 1].astype(float)


class MissesTests(MetricTests):
    component = Misses()


def test_a_metric_with_the_wrong_direction_fails():
    with pytest.raises(AssertionError):
        MissesTests().test_the_best_ranking_is_no_worse_than_the_worst()


def test_a_metric_with_a_value_for_users_without_test_items_fails():
    with pytest.raises(AssertionError):
        MissesTests().test_one_value_per_user_and_nan_without_test_items()
