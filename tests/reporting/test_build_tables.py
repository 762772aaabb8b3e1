"""Which rows and columns a table has."""

from __future__ import annotations

import pytest

from hashbench.errors import HashbenchError, UnknownName
from hashbench.reporting.build_tables import comparison_tables
from hashbench.results.record import RunRecord

from ..results.factory import a_failure, a_record
from .tables import only, values


def test_rows_are_best_first_by_hr_at_the_smallest_k(three: list[RunRecord]) -> None:
    group = only(comparison_tables(three))
    assert group.title == "ml-1m · split ratio · 6040 users × 3706 items"
    assert group.sort == "hr@50"
    assert [row.rank for row in group.rows] == [1, 2, 3, 4]
    assert values(group, "hr@50") == [0.4, 0.32, 0.3, 0.2]
    assert values(group, "retriever") == ["continuous", "continuous", "hierarchical", "hamming"]


def test_a_failed_run_is_no_baseline() -> None:
    failed = a_failure()
    with pytest.raises(HashbenchError) as caught:
        comparison_tables([a_record(seed=1), failed], baseline=failed)
    expected = f"Run {failed.run_id} failed (the loss is not finite at epoch 3), so it cannot be the baseline."
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("ndcg@100", ["continuous", "hierarchical", "hamming"]),
        ("p50_ms", ["hamming", "hierarchical", "continuous"]),
        ("batch_qps", ["hamming", "hierarchical", "continuous"]),
        ("bytes_per_item", ["hamming", "continuous", "hierarchical"]),
        ("speed_up", ["hamming", "hierarchical", "continuous"]),
    ],
)
def test_any_figure_sorts_best_first(three: list[RunRecord], sort: str, order: list[str]) -> None:
    group = only(comparison_tables(three[:3], sort))
    assert values(group, "retriever") == order
    assert sort in [column.key for column in group.columns]


def test_an_unknown_column_gets_a_suggestion() -> None:
    with pytest.raises(UnknownName) as caught:
        comparison_tables([a_record()], "hr50")
    assert str(caught.value) == (
        "There is no column 'hr50' to sort by. Did you mean 'hr@50'? Columns: hr@50, hr@100, ndcg@50, ndcg@100, "
        "p50_ms, p95_ms, p99_ms, batch_qps, all_users_s, speed_up, bytes_per_item, retained, train_seconds."
    )


def test_columns_that_do_not_vary_go_into_the_notes(three: list[RunRecord]) -> None:
    metrics = ["hr@50", "hr@100", "ndcg@50", "ndcg@100"]
    figures = ["p50_ms", "batch_qps", "speed_up", "bytes_per_item", "retained", "train_seconds", "run"]
    group = only(comparison_tables(three[:3]))
    assert [column.key for column in group.columns] == ["retriever", *metrics, *figures]
    assert group.notes[0] == "All rows: encoder sage, head guided_ste, 32 bits, objective bpr, seed 0."
    group = only(comparison_tables([*three, a_record(seed=1, train_head="post_hoc")]))
    names = [column.key for column in group.columns]
    assert names[: names.index("hr@50")] == ["head", "n_bits", "train_head", "retriever", "seed"]
    assert group.notes[0] == "All rows: encoder sage, objective bpr."


def test_other_metrics_are_shown_when_they_are_sorted_by_or_all_there_are() -> None:
    record = a_record(metrics={"hr@50": 0.5, "map@50": 0.25})
    assert "map@50" not in [column.key for column in only(comparison_tables([record])).columns]
    assert "map@50" in [column.key for column in only(comparison_tables([record], "map@50")).columns]
    group = only(comparison_tables([a_record(metrics={"map@100": 0.3, "map@20": 0.25, "f1@20": 0.5})]))
    assert [column.key for column in group.columns][1:4] == ["map@20", "map@100", "f1@20"]
    assert group.sort == "map@20"
