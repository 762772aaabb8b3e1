"""The notes below a table."""

from __future__ import annotations

from hashbench.reporting import markup
from hashbench.reporting.build_tables import comparison_tables
from hashbench.results.record import RunRecord, TieRange

from ..results.factory import a_latency, a_record
from .tables import only

TIED = a_record(metrics={"hr@50": 0.25}).model_copy(
    update={"ties": {"hr@50": TieRange(drawn=0.26, low=0.125, high=0.375)}}
)
UNTIED = a_record(metrics={"hr@50": 0.5}, retriever="continuous")


def test_times_of_different_machines_are_pointed_out(three: list[RunRecord]) -> None:
    warning = "Times are not all comparable: machines, threads or k differ."
    assert warning not in only(comparison_tables(three)).notes
    other = a_record(seed=1, latency=a_latency(1.0, threads=8))
    assert only(comparison_tables([*three, other])).notes[-1] == warning


def test_the_range_is_shown_on_request_and_the_note_always():
    plain, wide = (comparison_tables([TIED, UNTIED], ties=ties)[0] for ties in (False, True))
    assert "hr@50 ties" not in [column.key for column in plain.columns]
    assert any("--ties" in note for note in plain.notes)
    shown = next(column for column in wide.columns if column.key == "hr@50 ties")
    assert [wide.text(row, shown) for row in wide.rows] == ["–", ".1250–.3750"]
    assert ".1250–.3750" in markup.markdown([wide])


def test_without_ties_there_is_no_note():
    assert not any("tie" in note for note in comparison_tables([UNTIED])[0].notes)
