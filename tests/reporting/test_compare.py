"""`compare_records`: all options at once, and what a comparison can be written as."""

import io

import numpy as np
import pandas as pd
import pytest

from hashbench.errors import BadParameter, HashbenchError
from hashbench.reporting.compare import ComparisonOptions, compare_records
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record
from .heads import call

FIRST = a_record(metrics={"hr@50": 0.25})
SECOND = a_record(retriever="continuous", metrics={"hr@50": 0.5}, p50=2.0)


def test_it_is_what_the_command_writes(folder):
    records, _ = ResultsFolder(folder).read_all()
    files = {record.run_id: ResultsFolder(folder).file(record) for record in records}
    options = ComparisonOptions(test=True, group_by="bits", columns=["head", "hr@50", "difference", "p", "beats"])
    comparison = compare_records(records, options, files)
    words = ("--test", "--group-by", "bits", "--columns", "head,hr@50,difference,p,beats")
    for style, text in (
        ("markdown", comparison.to_markdown()),
        ("latex", comparison.to_latex()),
        ("csv", comparison.to_csv()),
        ("json", comparison.to_json()),
    ):
        assert call(folder, *words, "--format", style).stdout == text
    printed = [line.rstrip() for line in call(folder, *words).stdout.splitlines()]
    assert str(comparison).splitlines() == printed


def test_a_data_frame_has_the_figures_of_the_csv_format(folder):
    comparison = compare_records(ResultsFolder(folder).read_all()[0])
    frame, read = comparison.to_pandas(), pd.read_csv(io.StringIO(comparison.to_csv()))
    assert list(frame.columns) == list(read.columns)
    np.testing.assert_array_equal(frame["hr@50"], read["hr@50"])
    assert list(frame["seed"]) == ["0 1"] * 3


def test_the_repr_is_short_and_the_html_has_all_tables():
    comparison = compare_records([FIRST, SECOND, a_record(dataset="pinterest")])
    assert repr(comparison) == "<Comparison of 3 rows in 2 tables>"
    assert comparison._repr_html_().count("<table") == 2


def test_a_baseline_must_be_among_the_records():
    with pytest.raises(HashbenchError, match="is not among the records compared"):
        compare_records([FIRST], ComparisonOptions(baseline=SECOND))
    comparison = compare_records([FIRST, SECOND], ComparisonOptions(baseline=FIRST))
    assert [row.values["speed_up"] for row in comparison.tables[0].rows] == [0.5, 1.0]


@pytest.mark.parametrize("options", [ComparisonOptions(test=True), ComparisonOptions(profile="hashgnn")])
def test_without_files_nothing_is_tested_or_rescored(options):
    with pytest.raises(BadParameter, match="need records of a results folder"):
        compare_records([FIRST], options)
