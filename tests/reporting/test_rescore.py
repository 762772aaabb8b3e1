"""`hashbench compare --profile`: numbers worked out by hand, notes, and what happens to records without hits."""

import csv
import io
import json
import math
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from hashbench.cli.compare import FORMATS, PROFILES, compare
from hashbench.errors import HashbenchError, UnknownName
from hashbench.evaluation import profiles
from hashbench.results.per_user import Hits
from hashbench.results.record import TieRange
from hashbench.results.store import ResultsFolder

from ..results.factory import a_failure, a_record

METRICS = {"hr@1": 0.9, "hr@2": 0.8, "ndcg@1": 0.7, "ndcg@2": 0.6, "precision@2": 0.5, "mrr@2": 0.4}
HITS = Hits(
    np.array([[0, 1], [0, 0], [1, 0]], bool),  # one of 2 test items at place 2; none was asked for; one of one at once
    np.array([2, 0, 1]),
)
D2 = 1 / math.log2(3)
BY_HAND = {
    "hashgnn": {"hr@1": 0.5, "hr@2": 0.75, "ndcg@1": 0.5, "ndcg@2": (D2 + 1) / 2, "precision@2": 0.5},
    "bigear": {"hr@1": 0.5, "hr@2": 0.75, "ndcg@1": 0.5, "ndcg@2": (D2 + 1) / 2, "precision@2": 0.5},
    "hashlgn": {"hr@1": 0.5, "hr@2": 0.75, "ndcg@1": 0.5, "ndcg@2": (D2 + 1) / (1 + D2) / 2, "precision@2": 0.5},
}
RECORD = a_record(metrics=METRICS)


def call(*arguments):
    return CliRunner().invoke(compare, ["--each", *map(str, arguments)])


def rows(*arguments):
    return json.loads(call(*arguments, "--format", "json").stdout)


@pytest.fixture
def folder(tmp_path):
    """One record with hits, and a failed one."""
    ResultsFolder(tmp_path).write(RECORD, {}, HITS)
    ResultsFolder(tmp_path).write(a_failure(seed=1), {})
    return tmp_path


def test_the_names_of_the_option_are_those_of_the_profiles():
    assert tuple(profiles.PROFILES) == PROFILES


@pytest.mark.parametrize("profile", BY_HAND)
def test_metrics_are_counted_again_by_hand(folder, profile):
    counted, failed = rows(folder, "--profile", profile)
    assert counted["metrics"] == pytest.approx({**METRICS, **BY_HAND[profile]}, rel=1e-12)
    assert list(counted["metrics"]) == list(METRICS)
    assert (counted["profile"], failed["profile"]) == (profile, profile)
    assert failed["status"] == "failed"


def test_standard_is_what_is_recorded_and_reads_no_hits(folder, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("hits were read")

    default = {style: call(folder, "--format", style).stdout for style in FORMATS}
    monkeypatch.setattr(ResultsFolder, "hits", refuse)
    for style in FORMATS:
        assert call(folder, "--format", style, "--profile", "standard").stdout == default[style]
    assert rows(folder)[0]["metrics"] == METRICS
    assert "profile" not in rows(folder)[0]
    assert "rofile" not in "".join(default.values())


def test_every_format_has_the_counted_numbers_and_tells_the_profile(folder):
    shown = {style: call(folder, "--format", style, "--profile", "hashgnn", "--sort", "ndcg@2") for style in FORMATS}
    for style, result in shown.items():
        assert (result.exit_code, result.stderr) == (0, ""), style
        assert "hashgnn" in result.stdout
    for style in ("table", "markdown", "latex"):
        text = " ".join(shown[style].stdout.split())
        assert ".8155" in text
        assert "ndcg divides by the ideal order of the hits that were found in the first 100 places" in text
        assert "does not mask the training items, which cannot be recomputed from a masked ranking" in text
        assert "The published rankings have 100 items, those here 2." in text
    (counted, failed) = csv.DictReader(io.StringIO(shown["csv"].stdout))
    assert (counted["profile"], failed["profile"]) == ("hashgnn", "hashgnn")
    assert float(counted["ndcg@2"]) == pytest.approx((D2 + 1) / 2)


def test_notes_of_the_other_profiles(folder):
    notes = {name: " ".join(call(folder, "--profile", name).stdout.split()) for name in ("hashlgn", "bigear")}
    assert "Profile hashlgn: ndcg divides by the gain of k hits" in notes["hashlgn"]
    assert "Profile bigear: ndcg divides by the ideal order" in notes["bigear"]
    assert "The published rankings have 100 or 1,000 items, those here 2." in notes["bigear"]
    for text in notes.values():
        assert "mask" not in text
        assert "other metrics are as in the records" in text
        assert "Where scores tie" not in text


def long_hits(places):
    return Hits(np.arange(places)[None] == 1, np.array([1]))


@pytest.mark.parametrize(
    ("profile", "lengths", "odd", "mixed"),
    [
        ("bigear", (100,), None, None),
        ("bigear", (100, 1000), None, "100 or 1,000"),
        ("bigear", (50, 100), "100 or 1,000 items, those here 50", "50 or 100"),
        ("hashgnn", (100, 1000), None, None),
        ("hashgnn", (50, 1000), "100 items, those here 50", "50 or 100"),
        ("hashlgn", (50, 100), None, None),
    ],
)
def test_lengths_of_rankings_that_matter_are_told(tmp_path, profile, lengths, odd, mixed):
    for seed, places in enumerate(lengths):
        ResultsFolder(tmp_path).write(a_record(seed=seed, metrics={"ndcg@2": 0.5}), {}, long_hits(places))
    text = " ".join(call(tmp_path, "--profile", profile).stdout.split())
    assert ("The published rankings" in text) == (odd is not None)
    assert odd is None or f"The published rankings have {odd}." in text
    assert ("not comparable throughout" in text) == (mixed is not None)
    assert mixed is None or f"ndcg is not comparable throughout: rankings have {mixed} items." in text


def test_with_ties_the_note_says_which_order_is_counted(tmp_path):
    tied = TieRange(drawn=0.5, low=0.1, high=0.9)
    ResultsFolder(tmp_path).write(a_record(metrics=METRICS, ties={"hr@2": tied, "mrr@2": tied}), {}, HITS)
    text = " ".join(call(tmp_path, "--profile", "hashgnn").stdout.split())
    assert "Where scores tie, these metrics are of the one order that was drawn, not expected values." in text


def test_records_without_hits_are_left_out_with_one_line_each(folder):
    older = [a_record(seed=seed, metrics=METRICS) for seed in (2, 3)]
    ResultsFolder(folder).write(older[0], {"hr@2": np.ones(3)})
    ResultsFolder(folder).write(older[1], {})
    result = call(folder, "--profile", "hashgnn", "--format", "json")
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"left out {folder}/")
    assert lines[0].endswith(f"wrote no hits of run {older[0].run_id} into it; run it again: {older[0].command}")
    assert lines[1].endswith(f"the per-user values of run {older[1].run_id} are missing; run it again")
    assert [row["run_id"] for row in json.loads(result.stdout) if row["status"] == "ok"] == [RECORD.run_id]
    assert call(folder).stderr == ""


def test_hits_of_fewer_places_than_the_metrics_are_left_out(tmp_path):
    file = ResultsFolder(tmp_path).write(a_record(metrics={"hr@3": 0.5}), {}, HITS)
    ResultsFolder(tmp_path).write(a_record(metrics=METRICS, seed=1), {}, HITS)
    lines = call(tmp_path, "--profile", "hashgnn").stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(
        f"left out {file}: it has metrics at 3 but hits of 2 items; run it again: hashbench run "
    )


def test_without_any_hits_there_is_one_error(tmp_path):
    ResultsFolder(tmp_path).write(RECORD, {"hr@2": np.ones(3)})
    result = call(tmp_path, "--profile", "bigear")
    assert isinstance(result.exception, HashbenchError)
    expected = f"No record in {tmp_path} has hits to count by profile 'bigear'. Run them again."
    assert str(result.exception) == expected
    assert result.stdout == ""


def test_a_record_given_as_a_file_is_counted_from_its_folder(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    file = ResultsFolder(other).write(a_record(seed=5, metrics=METRICS), {}, HITS)
    counted = rows(file, folder, "--profile", "hashlgn")
    assert [row["metrics"]["hr@2"] for row in counted if row["status"] == "ok"] == [0.75, 0.75]


def test_the_baseline_and_the_order_follow_the_profile(tmp_path):
    """Recorded, the first has the better ndcg; by the hits found the second, which finds one of nine, but first."""
    first, second = a_record(seed=0, metrics={"ndcg@2": 0.4}), a_record(seed=1, metrics={"ndcg@2": 0.3})
    ResultsFolder(tmp_path).write(first, {}, Hits(np.array([[False, True]]), np.array([1])))
    ResultsFolder(tmp_path).write(second, {}, Hits(np.array([[True, False]]), np.array([9])))
    assert [row["run_id"] for row in rows(tmp_path)] == [first.run_id, second.run_id]
    counted = rows(tmp_path, "--profile", "hashgnn", "--baseline", first.run_id)
    assert [row["run_id"] for row in counted] == [second.run_id, first.run_id]
    assert [row["retained"] for row in counted] == pytest.approx([1 / D2, 1])
    with pytest.raises(UnknownName):
        raise call(tmp_path, "--profile", "hashgnn", "--baseline", "xyz").exception


def test_an_unknown_profile_is_one_line_and_exit_code_2(folder):
    ended = subprocess.run(
        [sys.executable, "-m", "hashbench", "compare", str(folder), "--profile", "ngcf"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 2
    assert "'ngcf' is not one of 'standard', 'hashgnn', 'hashlgn', 'bigear'" in ended.stderr
