"""Figures as files."""

import pytest

from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.figures import FigureOptions

from ..results.factory import a_record

drawing = pytest.importorskip("hashbench.reporting.drawing", reason="drawing needs the extra 'report'")


def test_charts_of_two_tables_stand_side_by_side_under_their_names():
    tables = comparison_tables([a_record(), a_record(dataset="pinterest")])
    options = FigureOptions(lambda record: None)
    svg = drawing.draw_figures(tables, [("bars", options)], 300, ".svg").decode()
    assert ">ml-1m<" in svg
    assert ">pinterest<" in svg
    assert "HR@50 = hits / test items (recall)" in svg
    assert drawing.draw_figures(tables, [("bits", options)], 300, ".svg") is None
