from __future__ import annotations

import math
from typing import Any

import pytest

from hashbench.errors import HashbenchError, UnknownName
from hashbench.report import columns, number_format
from hashbench.report.build_tables import comparison_tables
from hashbench.report.table import ComparisonTable
from hashbench.results.record import RunRecord, StageSummary

from ..results.factory import a_failure, a_latency, a_record

FLOAT: dict[str, Any] = {"head": "continuous", "retriever": "continuous", "p50": 4.0, "bytes_per_item": 256.0}


def hr(value: float) -> dict[str, float]:
    return {"hr@50": value, "hr@100": value + 0.1, "ndcg@50": value / 2, "ndcg@100": value / 2 + 0.1}


def values(group: ComparisonTable, key: str) -> list[Any]:
    return [row.values[key] for row in group.rows]


def only(groups: list[ComparisonTable]) -> ComparisonTable:
    assert len(groups) == 1
    return groups[0]


@pytest.fixture
def three() -> list[RunRecord]:
    """One model searched in three ways, and the float reference."""
    return [
        a_record(retriever="hamming", metrics=hr(0.2), p50=0.5),
        a_record(retriever="hierarchical", metrics=hr(0.3), p50=1.0, bytes_per_item=260.0),
        a_record(retriever="continuous", metrics=hr(0.32), p50=2.0, bytes_per_item=256.0),
        a_record(**FLOAT, metrics=hr(0.4)),
    ]


def test_rows_are_best_first_by_hr_at_the_smallest_k(three: list[RunRecord]) -> None:
    group = only(comparison_tables(three))
    assert group.title == "ml-1m · split ratio · 6040 users × 3706 items"
    assert group.sort == "hr@50"
    assert [row.rank for row in group.rows] == [1, 2, 3, 4]
    assert values(group, "hr@50") == [0.4, 0.32, 0.3, 0.2]
    assert values(group, "retriever") == ["continuous", "continuous", "hierarchical", "hamming"]


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
    fastest = next(one for one in three if (one.head, one.retriever) == ("guided_ste", "continuous"))
    assert group.notes[1:] == (
        "Sorted by hr@50.",
        "Speed-up: p50 of the fastest float search / p50 of the row; "
        f"sage guided_ste 32 bits continuous seed 0 (run {fastest.run_id[:4]}).",
        "% retained: share of the hr@50 of the float reference (same encoder and seed, no hashing).",
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
    speed_up = "Speed-up: p50 of the baseline / p50 of the row; sage guided_ste 32 bits hamming seed 0 "
    assert groups[0].notes[2].startswith(speed_up)
    assert groups[0].notes[3] == "% retained: share of the baseline's hr@50."
    assert values(groups[1], "speed_up") == [1.0]


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


def test_directions_come_from_the_metrics_of_the_registry() -> None:
    assert columns.higher_is_better("hr@50")
    assert columns.higher_is_better("ndcg@100")
    assert columns.higher_is_better("a_metric_of_an_uninstalled_plugin@5")


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


def test_bits_are_a_column_and_other_parameters_are_spelt_out_where_they_vary() -> None:
    short, long = a_record(), a_record(head="guided_ste:bits=64", n_bits=64)
    assert values(only(comparison_tables([short, long])), "head") == ["guided_ste", "guided_ste"]
    slow = a_record(head="guided_ste:bits=32,scale=0.5")
    assert sorted(values(only(comparison_tables([short, slow])), "head")) == [
        "guided_ste:bits=32",
        "guided_ste:bits=32,scale=0.5",
    ]
    few, many = a_record(retriever="hierarchical:candidates=100"), a_record(retriever="hierarchical")
    assert sorted(values(only(comparison_tables([few, many])), "retriever")) == [
        "hierarchical",
        "hierarchical:candidates=100",
    ]


def test_options_of_training_that_vary_are_a_column() -> None:
    records = [
        a_record(
            options={"training": given, "k": [50, k]},
            resolved={"training": {"epochs": epochs, "batch_size": 512}},
        )
        for given, epochs, k in (("training", 60, 100), ("training:epochs=10", 10, 200))
    ]
    group = only(comparison_tables(records))
    assert sorted(values(group, "options")) == ["epochs=10 k=50,200", "epochs=60 k=50,100"]
    assert "options" in [column.key for column in group.columns]


def test_a_record_from_before_an_option_had_its_default() -> None:
    options = ({"epochs": 60}, {"epochs": 60, "precision": "float32"}, {"epochs": 60, "precision": "bfloat16"})
    before, default, other = (a_record(resolved={"training": one}, seed=n) for n, one in enumerate(options))
    assert values(only(comparison_tables([before, default])), "options") == [None, None]
    rows = only(comparison_tables([before, other])).rows
    assert sorted(row.values["options"] for row in rows) == ["precision=bfloat16", "precision=float32"]


def test_what_is_only_fitted_has_no_objective_and_no_options_of_training() -> None:
    fitted = StageSummary(stage="encoder", epochs=0, best_epoch=0, stopped="fitted", seconds=1.0, history=[])
    ended = fitted.model_copy(update={"stopped": "all epochs done"})
    svd, other = (a_record(encoder="svd", training=[fitted], resolved={"training": {"epochs": n}}) for n in (5, 6))
    other = other.model_copy(update={"run_id": "other", "spec": {**svd.spec, "index": "dask"}})
    lsh, longer = (a_record(training=[ended, fitted], resolved={"training": {"epochs": n}}, seed=n) for n in (30, 60))
    group = only(comparison_tables([svd, other, lsh, longer]))
    told = {row.record.run_id: row.values for row in group.rows}
    runs = (svd.run_id, "other", lsh.run_id, longer.run_id)
    assert [told[run]["objective"] for run in runs] == [None, None, "bpr", "bpr"]
    assert [told[run]["train_head"] for run in runs] == [None, None, "joint", "joint"]
    options = ["index=–", "index=dask", "epochs=30 index=–", "epochs=60 index=–"]
    assert [told[run]["options"] for run in runs] == options
    alike = {row.record.run_id: row.values["options"] for row in only(comparison_tables([svd, lsh])).rows}
    assert alike == {svd.run_id: None, lsh.run_id: None}


def test_data_of_one_name_and_two_fingerprints_are_never_ranked_together() -> None:
    one, other = a_record(fingerprint="a" * 64), a_record(fingerprint="b" * 64, seed=1)
    groups = comparison_tables([one, other])
    assert [[row.record for row in group.rows] for group in groups] == [[one], [other]]
    tail = "which differs from the other ml-1m"
    head = "ml-1m · split ratio · 6040 users × 3706 items · data "
    assert [group.title for group in groups] == [f"{head}aaaaaaaa, {tail}", f"{head}bbbbbbbb, {tail}"]


def test_splits_are_never_ranked_together() -> None:
    groups = comparison_tables(
        [a_record(split="ratio"), a_record(split="ratio:train=0.8"), a_record(split="leave_one_out")]
    )
    assert [group.title.split(" · ")[1] for group in groups] == [
        "split leave_one_out",
        "split ratio",
        "split ratio:train=0.8",
    ]
    assert [len(group.rows) for group in groups] == [1, 1, 1]


def test_seeds_of_one_split_are_ranked_together() -> None:
    records = [a_record(seed=seed) for seed in (0, 1, 2)]
    assert len({record.data.split_fingerprint for record in records if record.data}) == 3
    group = only(comparison_tables(records))
    assert sorted(values(group, "seed")) == [0, 1, 2]


def test_a_record_without_a_fingerprint_is_ranked_with_no_other() -> None:
    groups = comparison_tables([a_record(), a_record(data=None, retriever="continuous")])
    assert [len(group.rows) for group in groups] == [1, 1]


def test_one_seed_with_two_split_fingerprints_is_divided() -> None:
    one, other = a_record(split_fingerprint="a" * 64), a_record(split_fingerprint="b" * 64, retriever="continuous")
    groups = comparison_tables([one, other])
    assert [group.title.split(" · ")[-1] for group in groups] == [
        "split fingerprint aaaaaaaa, which differs from the other of one seed",
        "split fingerprint bbbbbbbb, which differs from the other of one seed",
    ]
    assert values(groups[0], "speed_up") == [None]


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


def test_failed_records_are_listed_with_their_group_and_never_ranked(three: list[RunRecord]) -> None:
    early = a_failure(seed=5, data=None, error="no space left")
    late = a_failure(seed=6, metrics=hr(0.9))
    group = only(comparison_tables([early, *three, late]))
    assert len(group.rows) == 4
    assert list(group.failed) == [late, early]
    assert list(only(comparison_tables([early, late])).failed) == [late, early]
    alone = only(comparison_tables([early]))
    assert (alone.title, alone.rows, alone.failed) == ("ml-1m · split ratio", (), (early,))


def test_times_of_different_machines_are_pointed_out(three: list[RunRecord]) -> None:
    warning = "Times are not all comparable: machines, threads or k differ."
    assert warning not in only(comparison_tables(three)).notes
    other = a_record(seed=1, latency=a_latency(1.0, threads=8))
    assert only(comparison_tables([*three, other])).notes[-1] == warning


def test_short_ids_are_long_enough_to_tell_runs_apart() -> None:
    ids = ("aaaaaa00", "aaaaaa11", "bbbbbb00")
    records = [a_record(seed=seed).model_copy(update={"run_id": one}) for seed, one in enumerate(ids)]
    assert sorted(values(only(comparison_tables(records)), "run")) == ["aaaaaa0", "aaaaaa1", "bbbbbb0"]


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (number_format.four_decimals, 0.31236, ".3124"),
        (number_format.four_decimals, 1.0, "1.0000"),
        (number_format.four_decimals, -0.25, "-0.2500"),
        (number_format.three_digits, 0.034549, "0.0345"),
        (number_format.three_digits, 0.9999, "1.00"),
        (number_format.three_digits, 12.34, "12.3"),
        (number_format.three_digits, 123.4, "123"),
        (number_format.three_digits, 999.6, "1000"),
        (number_format.three_digits, 123456.7, "123457"),
        (number_format.whole, 256.0, "256"),
        (number_format.whole, 4.26, "4.3"),
        (number_format.whole, 12345678.0, "12345678"),
        (number_format.whole, math.inf, "inf"),
    ],
)
def test_numbers_are_written_alike(write: Any, value: float, text: str) -> None:
    assert write(value) == text
