"""`hashbench.compare` shows what the command prints."""

import pytest
from click.testing import CliRunner

from hashbench.api.compare import compare
from hashbench.cli import cli
from hashbench.errors import BadParameter, HashbenchError, UnknownName
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record


@pytest.fixture
def folder(tmp_path):
    for retriever, hr in (("hamming", 0.25), ("continuous", 0.5)):
        ResultsFolder(tmp_path).write(a_record(run_id=retriever * 2, retriever=retriever, metrics={"hr@50": hr}), {})
    return tmp_path


def test_a_folder_and_its_records_make_the_same_tables(folder):
    records, _ = ResultsFolder(folder).read_all()
    by_folder, by_records = compare(folder), compare(records)
    assert by_folder.to_csv() == by_records.to_csv() == compare([str(folder)]).to_csv()
    assert by_folder.to_pandas()["hr@50"].tolist() == [0.5, 0.25]


def test_it_is_the_table_of_the_command(folder):
    printed = CliRunner().invoke(cli, ["compare", str(folder), "--sort", "p50_ms", "--format", "csv"])
    assert printed.stdout == compare(folder, sort="p50_ms").to_csv()


def test_a_condition_chooses_records(folder):
    assert compare(folder, where="hr@50 > 0.3").to_pandas()["retriever"].tolist() == ["continuous"]


def test_a_notebook_shows_html_and_the_repr_is_a_line(folder):
    comparison = compare(folder)
    assert comparison._repr_html_().count("<table") == 1
    assert repr(comparison) == "<Comparison of 2 rows in 1 tables>"


def test_a_file_without_a_record_is_a_warning(folder):
    (folder / "other.json").write_text("{}")
    with pytest.warns(UserWarning, match="left out .*other.json"):
        compare(folder)


@pytest.mark.parametrize(
    ("arguments", "error", "reason"),
    [
        ({"sorted": "hr@50"}, BadParameter, "compare has no option 'sorted'; it has where and sort, baseline"),
        ({"where": "bits == 1"}, HashbenchError, "No record in .* fits"),
        ({"baseline": "nothing"}, UnknownName, "no run 'nothing'"),
    ],
)
def test_wrong_options_are_one_line(folder, arguments, error, reason):
    with pytest.raises(error, match=reason):
        compare(folder, **arguments)


def test_records_and_folders_do_not_mix(folder):
    records, _ = ResultsFolder(folder).read_all()
    with pytest.raises(BadParameter, match="and not both"):
        compare([*records, folder])
    with pytest.raises(BadParameter, match="filter a list of records in Python"):
        compare(records, where="bits == 64")


def test_an_empty_folder_says_so(tmp_path):
    with pytest.raises(HashbenchError, match="There are no records"):
        compare(tmp_path)
