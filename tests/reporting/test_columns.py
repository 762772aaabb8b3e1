"""Figures of a record by the name of their column."""

import pytest

from hashbench.reporting import columns
from hashbench.reporting.columns import value_of

from ..results.factory import a_record


def test_the_time_of_all_users_follows_from_the_batches():
    record = a_record(p50=0.5)  # 4,000 queries a second
    assert value_of(record, "all_users_s") == pytest.approx(6040 / 4000)
    assert value_of(a_record(p50=None), "all_users_s") is None
    assert value_of(a_record(data=None), "all_users_s") is None


def test_metrics_latencies_and_fields_are_told_apart():
    record = a_record(p50=2.0)
    assert [value_of(record, key) for key in ("hr@50", "p50_ms", "train_seconds", "nothing")] == [
        0.25,
        2.0,
        61.25,
        None,
    ]


def test_directions_come_from_the_metrics_of_the_registry() -> None:
    assert columns.higher_is_better("hr@50")
    assert columns.higher_is_better("ndcg@100")
    assert columns.higher_is_better("a_metric_of_an_uninstalled_plugin@5")
