"""A list of records in a notebook."""

from hashbench.reporting.record_list import RecordList

from ..results.factory import a_failure, a_record


def test_it_is_a_list_with_a_short_repr_and_a_table():
    first, failed = a_record(), a_failure(seed=1)
    records = RecordList([first, failed])
    assert records == [first, failed]
    assert repr(records) == (
        f"[<{first.run_id[:8]} sage guided_ste 32 bits hamming seed 0: hr@50 .2500>,\n"
        f" <{failed.run_id[:8]} sage guided_ste 32 bits hamming seed 1: failed>]"
    )
    html = records._repr_html_()
    assert html.count("<table") == 1
    assert "Failed: " in html
