"""The range over the orders of ties, in tables and in the page of a record."""

from hashbench.report import markup
from hashbench.report.build_tables import comparison_tables
from hashbench.report.details import record_sections
from hashbench.results.record import TieRange

from ..results.factory import a_record

TIED = a_record(metrics={"hr@50": 0.25}).model_copy(
    update={"ties": {"hr@50": TieRange(drawn=0.26, low=0.125, high=0.375)}}
)
UNTIED = a_record(metrics={"hr@50": 0.5}, retriever="continuous")


def test_the_range_is_shown_on_request_and_the_note_always():
    plain, wide = (comparison_tables([TIED, UNTIED], ties=ties)[0] for ties in (False, True))
    assert "hr@50 ties" not in [column.key for column in plain.columns]
    assert any("--ties" in note for note in plain.notes)
    shown = next(column for column in wide.columns if column.key == "hr@50 ties")
    assert [wide.text(row, shown) for row in wide.rows] == ["–", ".1250–.3750"]
    assert ".1250–.3750" in markup.markdown([wide])


def test_without_ties_there_is_no_note():
    assert not any("tie" in note for note in comparison_tables([UNTIED])[0].notes)


def test_the_page_of_a_record_names_the_ends():
    figures = dict(dict(record_sections(TIED))["Figures"])
    assert figures["hr@50 ties"] == ".1250 to .3750 over the orders of tied items"
