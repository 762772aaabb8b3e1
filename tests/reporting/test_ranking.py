"""Ranks, and the best value of a column."""

from __future__ import annotations

import math

from hashbench.reporting.build_tables import comparison_tables
from hashbench.results.record import RunRecord

from ..results.factory import a_record
from .tables import hr, only


def test_equal_values_share_a_rank_and_missing_ones_have_none() -> None:
    records = [
        a_record(seed=0, metrics=hr(0.3)),
        a_record(seed=1, metrics=hr(0.3)),
        a_record(seed=2, metrics=hr(0.2)),
        a_record(seed=3, metrics={"hr@50": math.nan}),
        a_record(seed=4, metrics={}),
    ]
    group = only(comparison_tables(records))
    assert [(row.rank, row.values["seed"]) for row in group.rows] == [(1, 0), (1, 1), (3, 2), (None, 3), (None, 4)]
    cell = next(column for column in group.columns if column.key == "hr@50")
    assert [group.text(row, cell) for row in group.rows] == [".3000", ".3000", ".2000", "–", "–"]
    assert [group.is_best(row, cell) for row in group.rows] == [True, True, False, False, False]


def test_the_best_of_a_column_is_marked_where_values_differ(three: list[RunRecord]) -> None:
    group = only(comparison_tables(three))
    assert {key: value for key, value in group.best.items() if "@" not in key} == {
        "p50_ms": 0.5,
        "batch_qps": 4000.0,
        "speed_up": 4.0,
        "bytes_per_item": 4.0,
        "retained": 1.0,
    }
    assert only(comparison_tables(three[:1])).best == {}
