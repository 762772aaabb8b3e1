"""Order, choice and definitions of metrics."""

from hashbench.reporting.metric_names import axis_title, definition, definitions, main_metrics, metrics_in, metrics_of

from ..results.factory import a_record


def test_metrics_stand_in_recorded_order_with_rising_k():
    record = a_record(metrics={"map@100": 0.3, "map@20": 0.25, "f1@20": 0.5})
    assert metrics_of([record]) == ["map@20", "map@100", "f1@20"]
    assert metrics_in(["seed", "hr@100", "hr@50"]) == ["hr@50", "hr@100"]


def test_hit_rate_is_no_hr():
    assert main_metrics(["hit_rate@50", "recall@50", "hr@50", "ndcg@50"]) == ["hr@50", "ndcg@50"]
    assert definition("hr@50") == "HR@50 = hits / test items (recall)"
    assert definition("hit_rate@50") == "hit_rate@50 = share of users with at least one hit"
    assert definition("ndcg@50") is None


def test_one_sentence_defines_a_metric_at_all_k():
    shown = ["seed", "hr@100", "hr@50", "ndcg@50", "hit_rate@10"]
    assert definitions(shown) == [
        "HR@50 = hits / test items (recall); likewise at 100.",
        "hit_rate@10 = share of users with at least one hit.",
    ]


def test_an_axis_says_what_hr_is():
    assert axis_title("hr@50") == "HR@50 = hits / test items (recall)"
    assert axis_title("ndcg@50") == "ndcg@50"
