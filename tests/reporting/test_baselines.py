"""What speed-up and % retained refer to."""

from __future__ import annotations

import pytest

from hashbench.reporting import columns
from hashbench.reporting.build_tables import comparison_tables
from hashbench.results.record import RunRecord

from ..results.factory import a_record
from .tables import FLOAT, hr, only, values


def test_speed_up_does_not_refer_to_items_with_one_value_each_unless_there_is_nothing_else(
    three: list[RunRecord],
) -> None:
    popular = a_record(**FLOAT | {"encoder": "most_popular", "p50": 0.1, "bytes_per_item": 4.0}, metrics=hr(0.1))
    assert values(only(comparison_tables([*three, popular])), "speed_up") == [0.5, 1.0, 2.0, 4.0, 20.0]
    assert values(only(comparison_tables([popular])), "speed_up") == [1.0]


def test_speed_up_and_retained_refer_to_the_float_side(three: list[RunRecord]) -> None:
    group = only(comparison_tables(three))
    assert values(group, "speed_up") == [0.5, 1.0, 2.0, 4.0]
    assert values(group, "retained") == pytest.approx([1.0, 0.8, 0.75, 0.5])
    assert [row.own_float for row in group.rows] == [False] * 4
    fastest = next(record for record in three if (record.head, record.retriever) == ("guided_ste", "continuous"))
    assert group.notes[1:] == (
        "Sorted by hr@50.",
        "Speed-up over the p50 of the fastest float search, "
        f"sage guided_ste 32 bits continuous seed 0 (run {fastest.run_id[:4]}).",
        "% retained of the hr@50 of the float reference: same encoder and seed, no hashing.",
    )


def test_without_a_float_model_the_models_own_float_search_is_the_reference(three: list[RunRecord]) -> None:
    group = only(comparison_tables(three[:3]))
    assert values(group, "retained") == pytest.approx([1.0, 0.9375, 0.625])
    assert [row.own_float for row in group.rows] == [True] * 3
    retained = next(column for column in group.columns if column.key == "retained")
    assert [group.text(row, retained) for row in group.rows] == ["100.0*", "93.8*", "62.5*"]
    assert group.notes[3] == "* There is no float reference: the same model's float search stands for it."


def test_the_float_reference_is_of_the_same_encoder_and_seed_whatever_its_objective() -> None:
    records = [
        a_record(metrics=hr(0.2)),
        a_record(**FLOAT, objective="hashgnn", metrics=hr(0.4)),
        a_record(**FLOAT, objective="bpr", metrics=hr(0.25)),
        a_record(**FLOAT, encoder="lightgcn", metrics=hr(0.9)),
        a_record(**FLOAT, encoder="sage:layers=3", metrics=hr(0.8)),
        a_record(**FLOAT, seed=1, metrics=hr(0.7)),
    ]
    rows = {row.record.run_id: row for row in only(comparison_tables(records)).rows}
    assert rows[records[0].run_id].values["retained"] == 0.5
    assert rows[records[2].run_id].values["retained"] == 0.625


def test_without_any_float_search_nothing_is_claimed() -> None:
    group = only(comparison_tables([a_record(), a_record(retriever="hierarchical")]))
    assert values(group, "speed_up") == [None, None]
    assert values(group, "retained") == [None, None]
    assert group.notes == (
        "All rows: encoder sage, head guided_ste, 32 bits, objective bpr, seed 0.",
        "Sorted by hr@50.",
    )


def test_a_baseline_is_what_its_group_refers_to(three: list[RunRecord]) -> None:
    elsewhere = a_record(dataset="pinterest", retriever="continuous", metrics=hr(0.1), p50=3.0)
    groups = comparison_tables([*three, elsewhere], baseline=three[0])
    assert [group.title.split()[0] for group in groups] == ["ml-1m", "pinterest"]
    assert values(groups[0], "speed_up") == [0.125, 0.25, 0.5, 1.0]
    assert values(groups[0], "retained") == pytest.approx([2.0, 1.6, 1.5, 1.0])
    speed_up = "Speed-up over the p50 of the baseline, sage guided_ste 32 bits hamming seed 0 "
    assert groups[0].notes[2].startswith(speed_up)
    assert groups[0].notes[3] == "% retained of the baseline's hr@50."
    assert values(groups[1], "speed_up") == [1.0]


def test_retained_follows_the_metric_that_is_sorted_by(three: list[RunRecord]) -> None:
    assert values(only(comparison_tables(three, "hr@100")), "retained") == pytest.approx([1.0, 0.42 / 0.5, 0.8, 0.6])
    assert values(only(comparison_tables(three, "p50_ms")), "retained") == pytest.approx([0.5, 0.75, 0.8, 1.0])


def test_a_metric_of_which_less_is_better_turns_everything_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "higher_is_better", lambda name: not name.startswith("rank"))
    records = [a_record(metrics={"rank@50": 20.0}), a_record(**FLOAT, metrics={"rank@50": 10.0})]
    group = only(comparison_tables(records))
    assert values(group, "rank@50") == [10.0, 20.0]
    assert values(group, "retained") == [1.0, 0.5]
    assert group.best["rank@50"] == 10.0
