"""The data of figures, by hand and by law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.reporting import points
from hashbench.reporting.build_tables import comparison_tables
from hashbench.results.per_user import Hits
from hashbench.results.record import RunRecord

from ..results.factory import a_record


def table(*records: RunRecord, merge_seeds: bool = False):
    (only,) = comparison_tables(records, merge_seeds=merge_seeds)
    return only


def a_model(**changes):
    return a_record(**{"head": "guided_ste:bits=32", "retriever": "hamming"} | changes)


def test_front_by_hand():
    rows = table(
        a_model(retriever="continuous", metrics={"hr@50": 0.4}, p50=4.0),
        a_model(retriever="hierarchical", metrics={"hr@50": 0.4}, p50=1.0),  # as good, and faster
        a_model(retriever="hamming", metrics={"hr@50": 0.3}, p50=0.5),
        a_model(retriever="asymmetric", metrics={"hr@50": 0.2}, p50=0.5),  # as fast, and worse
        a_model(retriever="threshold", metrics={"hr@50": 0.3}, p50=None),
    )
    data = {point["retriever"]: point for point in points.trade_off(rows, "hr@50", "p50_ms")}
    fronts = {name: point["front"] for name, point in data.items()}
    assert fronts == {"continuous": False, "hierarchical": True, "hamming": True, "asymmetric": False}
    assert data["hamming"] == {
        "method": "guided_ste",
        "retriever": "hamming",
        "run": rows.rows[2].values["run"],
        "front": True,
        "quality": 0.3,
        "cost": 0.5,
        "hr@50": ".3000",
        "p50_ms": "0.500",
    }


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), min_size=1, max_size=12))
def test_the_front_is_what_nothing_beats(values):
    rows = table(*(a_model(seed=n, metrics={"hr@50": q / 4}, p50=float(c)) for n, (q, c) in enumerate(values)))
    data = points.trade_off(rows, "hr@50", "p50_ms")
    front = [(point["quality"], point["cost"]) for point in data if point["front"]]
    assert front
    for point in data:
        beaten = [
            (q, c)
            for q, c in front
            if q >= point["quality"] and c <= point["cost"] and (q, c) != (point["quality"], point["cost"])
        ]
        assert bool(beaten) != point["front"]


def test_throughput_is_better_the_more_there_is():
    slow = a_model(retriever="continuous", metrics={"hr@50": 0.3})
    fast = a_model(retriever="hamming", metrics={"hr@50": 0.3})
    fast = fast.model_copy(update={"latency": fast.latency.model_copy(update={"batch_qps": 9e9})})
    data = {point["retriever"]: point["front"] for point in points.trade_off(table(slow, fast), "hr@50", "batch_qps")}
    assert data == {"continuous": False, "hamming": True}


def test_hit_rates_by_hand_are_means_over_users_and_seeds():
    hits = {
        0: Hits(np.array([[1, 0, 1], [0, 0, 0], [0, 0, 0]], bool), np.array([2, 4, 0])),  # the last was not asked
        1: Hits(np.array([[0, 1, 0], [1, 1, 1], [0, 0, 0]], bool), np.array([2, 4, 0])),
    }
    rows = table(a_model(seed=0), a_model(seed=1), merge_seeds=True)
    data = points.hr_by_n(rows, lambda record: hits[record.seed])
    by_hand = [((0.25 + 0) + (0 + 0.125)) / 2, (0.25 + (0.25 + 0.25)) / 2, (0.5 + (0.25 + 0.375)) / 2]
    assert [point["n"] for point in data] == [1, 2, 3]
    assert [point["hr"] for point in data] == pytest.approx(by_hand)


def test_a_row_without_hits_is_left_out():
    rows = table(a_model(retriever="hamming"), a_model(retriever="continuous"))
    all_hits = Hits(np.ones((1, 2), bool), np.array([2]))
    data = points.hr_by_n(rows, lambda record: all_hits if record.retriever == "hamming" else None)
    assert {point["retriever"] for point in data} == {"hamming"}


@given(st.integers(1, 1000))
def test_a_long_ranking_has_few_points_and_both_ends(length):
    rows = table(a_model())
    data = points.hr_by_n(rows, lambda _: Hits(np.ones((1, length), bool), np.array([length])))
    assert [data[0]["n"], data[-1]["n"]] == [1, length]
    assert len(data) <= points.MAX_POINTS + 2
    assert [point["hr"] for point in data] == pytest.approx([point["n"] / length for point in data])


def test_a_model_has_one_curve_whatever_it_is_searched_by():
    rows = table(a_model(retriever="hamming"), a_model(retriever="continuous"))
    data = points.epochs(rows)
    assert [(point["epoch"], point["loss"], point["best"]) for point in data] == [
        (1, 0.69, False),
        (2, 0.35, True),
        (3, 0.3, False),
    ]
