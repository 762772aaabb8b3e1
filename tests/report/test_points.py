"""What figures are drawn of, by hand and by law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.report import charts, points
from hashbench.report.build_tables import comparison_tables
from hashbench.report.method_names import MethodNames
from hashbench.report.sweeps import sweep
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
    found = {one["retriever"]: one for one in points.trade_off(rows, "hr@50", "p50_ms")}
    fronts = {name: one["front"] for name, one in found.items()}
    assert fronts == {"continuous": False, "hierarchical": True, "hamming": True, "asymmetric": False}
    assert found["hamming"] == {
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
    found = points.trade_off(rows, "hr@50", "p50_ms")
    front = [(one["quality"], one["cost"]) for one in found if one["front"]]
    assert front
    for one in found:
        beaten = [
            (q, c)
            for q, c in front
            if q >= one["quality"] and c <= one["cost"] and (q, c) != (one["quality"], one["cost"])
        ]
        assert bool(beaten) != one["front"]


def test_throughput_is_better_the_more_there_is():
    slow = a_model(retriever="continuous", metrics={"hr@50": 0.3})
    fast = a_model(retriever="hamming", metrics={"hr@50": 0.3})
    fast = fast.model_copy(update={"latency": fast.latency.model_copy(update={"batch_qps": 9e9})})
    found = {one["retriever"]: one["front"] for one in points.trade_off(table(slow, fast), "hr@50", "batch_qps")}
    assert found == {"continuous": False, "hamming": True}


def test_hit_rates_by_hand_are_means_over_users_and_seeds():
    hits = {
        0: Hits(np.array([[1, 0, 1], [0, 0, 0], [0, 0, 0]], bool), np.array([2, 4, 0])),  # the last was not asked
        1: Hits(np.array([[0, 1, 0], [1, 1, 1], [0, 0, 0]], bool), np.array([2, 4, 0])),
    }
    rows = table(a_model(seed=0), a_model(seed=1), merge_seeds=True)
    found = points.hr_by_n(rows, lambda record: hits[record.seed])
    by_hand = [((0.25 + 0) + (0 + 0.125)) / 2, (0.25 + (0.25 + 0.25)) / 2, (0.5 + (0.25 + 0.375)) / 2]
    assert [one["n"] for one in found] == [1, 2, 3]
    assert [one["hr"] for one in found] == pytest.approx(by_hand)


def test_a_row_without_hits_is_left_out():
    rows = table(a_model(retriever="hamming"), a_model(retriever="continuous"))
    one = Hits(np.ones((1, 2), bool), np.array([2]))
    found = points.hr_by_n(rows, lambda record: one if record.retriever == "hamming" else None)
    assert {point["retriever"] for point in found} == {"hamming"}


@given(st.integers(1, 1000))
def test_a_long_ranking_has_few_points_and_both_ends(length):
    rows = table(a_model())
    found = points.hr_by_n(rows, lambda _: Hits(np.ones((1, length), bool), np.array([length])))
    assert [found[0]["n"], found[-1]["n"]] == [1, length]
    assert len(found) <= points.MAX_POINTS + 2
    assert [one["hr"] for one in found] == pytest.approx([one["n"] / length for one in found])


def test_a_model_has_one_curve_whatever_it_is_searched_by():
    rows = table(a_model(retriever="hamming"), a_model(retriever="continuous"))
    found = points.epochs(rows)
    assert [(one["epoch"], one["loss"], one["best"]) for one in found] == [
        (1, 0.69, False),
        (2, 0.35, True),
        (3, 0.3, False),
    ]


def test_candidates_need_two_numbers():
    few, many = (a_model(retriever=f"hierarchical:candidates={n}", metrics={"hr@50": n / 1000}) for n in (100, 500))
    assert sweep(table(few), "retriever.candidates", "hr@50") == []
    found = sweep(table(few, many), "retriever.candidates", "hr@50")
    assert [(one["value"], one["quality"]) for one in found] == [(100, 0.1), (500, 0.5)]
    assert {(one["method"], one["retriever"]) for one in found} == {("guided_ste", "hierarchical")}


def test_a_line_has_its_default_and_records_from_before_another_parameter_was_there():
    old, new = {"name": "hashgnn", "parameters": {"negatives": 5}}, {"margin": 0.2, "rank_weight": 0.5}
    default = a_model(objective="hashgnn", metrics={"hr@50": 0.3})
    default = default.model_copy(update={"resolved": default.resolved | {"objective": old, "k": [50]}})
    given = a_model(objective="hashgnn:negatives=10", metrics={"hr@50": 0.4})
    ten = {"name": "hashgnn", "parameters": {"negatives": 10, **new}}
    given = given.model_copy(update={"resolved": given.resolved | {"objective": ten}})
    other = a_model(objective="hashgnn:margin=0.3,negatives=20", metrics={"hr@50": 0.5})
    twenty = {"name": "hashgnn", "parameters": {"negatives": 20, **new, "margin": 0.3}}
    other = other.model_copy(update={"resolved": other.resolved | {"objective": twenty}})
    found = sweep(table(default, given, other), "objective.negatives", "hr@50")
    assert [(one["value"], one["quality"]) for one in found] == [(5, 0.3), (10, 0.4)]


def test_a_line_does_not_join_records_from_before_and_after_a_default_changed():
    def one(dim, lr):
        made = a_model(encoder=f"pte:dim={dim}", metrics={"hr@50": dim / 100})
        encoder = {"name": "pte", "parameters": {"dim": dim, "lr": lr}}
        return made.model_copy(update={"resolved": made.resolved | {"encoder": encoder}})

    found = sweep(table(one(8, 0.025), one(16, 0.07), one(32, 0.07)), "encoder.dim", "hr@50")
    assert [point["value"] for point in found] == [16, 32]


def test_methods_are_named_by_what_tells_them_apart():
    def names(*records):
        return set(MethodNames.of(table(*records)).method.values())

    lsh = a_model(head="lsh:bits=32")
    assert names(a_model(), lsh) == {"guided_ste", "lsh"}
    wide = a_model(head="guided_ste:bits=64", n_bits=64)
    assert names(a_model(), wide) == {"guided_ste 32 bits", "guided_ste 64 bits"}
    assert names(a_model(), a_model(seed=1)) == {"guided_ste seed 0", "guided_ste seed 1"}
    assert names(a_model(), a_model(encoder="mf"), lsh) == {"sage guided_ste", "mf guided_ste", "sage lsh"}


def test_a_cost_of_nothing_is_drawn_on_a_linear_scale():
    rows = table(a_model(metrics={"hr@50": 0.4, "hr@100": 0.0}), a_model(seed=1, metrics={"hr@50": 0.3, "hr@100": 0.5}))
    for cost, kind in (("hr@100", "linear"), ("p50_ms", "log")):
        chart = charts.trade_off(points.trade_off(rows, "hr@50", cost), "hr@50", cost, cost)
        assert chart["encoding"]["x"]["scale"]["type"] == kind
