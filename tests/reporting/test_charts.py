"""Charts as specifications."""

from __future__ import annotations

from hashbench.reporting import charts, points
from hashbench.reporting.build_tables import comparison_tables
from hashbench.results.record import RunRecord

from ..results.factory import a_record


def table(*records: RunRecord, merge_seeds: bool = False):
    (only,) = comparison_tables(records, merge_seeds=merge_seeds)
    return only


def a_model(**changes):
    return a_record(**{"head": "guided_ste:bits=32", "retriever": "hamming"} | changes)


def test_a_cost_of_nothing_is_drawn_on_a_linear_scale():
    rows = table(a_model(metrics={"hr@50": 0.4, "hr@100": 0.0}), a_model(seed=1, metrics={"hr@50": 0.3, "hr@100": 0.5}))
    for cost, kind in (("hr@100", "linear"), ("p50_ms", "log")):
        chart = charts.trade_off(points.trade_off(rows, "hr@50", cost), "hr@50", cost, cost)
        assert chart["encoding"]["x"]["scale"]["type"] == kind
