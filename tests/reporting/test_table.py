"""A comparison table: its repr, its HTML and the definitions of its metrics."""

from dataclasses import replace

from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.columns import column_of

from ..results.factory import a_failure, a_record


def test_the_repr_is_short(groups):
    assert repr(groups[0]) == "<ComparisonTable ml-1m · split ratio · 6040 users × 3706 items: 2 rows, 1 failed>"


def test_hr_is_defined_where_it_is_shown_in_notes_and_headings(groups):
    table = groups[0]
    assert table.footnotes[0] == "HR@50 = hits / test items (recall); likewise at 100."
    assert 'title="HR@50 = hits / test items (recall)"' in table.html()
    without = replace(table, columns=(column_of("ndcg@50"),))
    assert without.footnotes == table.notes
    assert comparison_tables([a_failure()])[0].footnotes == ()


def test_a_notebook_shows_rows_notes_and_failures_without_scripts():
    (table,) = comparison_tables([a_record(), a_failure(seed=1, error="<script>alert(1)</script>")])
    html = table._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert html.count("<tr>") == 2
    assert "HR@50 = hits / test items (recall)" in html
