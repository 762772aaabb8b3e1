"""Which figures a table has, and what they say."""

from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.figures import KINDS, REPORT_KINDS, FigureOptions, figures

from ..results.factory import a_record


def test_a_report_has_the_figures_that_there_are_values_for():
    (table,) = comparison_tables([a_record(), a_record(retriever="continuous", p50=2.0)])
    drawn = list(figures(table, FigureOptions(lambda record: None)))
    assert [figure.kind for figure in drawn] == ["pareto", "pareto", "curves", "curves", "curves"]
    assert [figure.title for figure in drawn[:2]] == [
        "hr@50 against p50 of a single query",
        "hr@50 against bytes per item",
    ]
    assert drawn[0].about.endswith("HR@50 = hits / test items (recall).")
    assert set(KINDS) - set(REPORT_KINDS) == {"sweep", "bars"}


def test_without_rows_or_metrics_nothing_is_drawn():
    (table,) = comparison_tables([a_record(metrics={})])
    assert list(figures(table, FigureOptions(lambda record: None))) == []
