"""`hashbench reproduce`: what is missing is run, and the paper's figures stand beside ours."""

import re

import pytest

from hashbench.registry.shelves import SYSTEMS, find
from hashbench.reporting.columns import value_of
from hashbench.results.store import ResultsFolder

from ..reproduction.tiny import TABLE
from .in_process import hashbench
from .process import TINY
from .process import hashbench as process


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reproduced")
    (folder / "tiny.toml").write_text(TABLE)
    ended = process("reproduce", "tiny.toml", "--seeds", "2", "--threads", "1", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return folder, ended.stdout


def cells(text):
    """Return the figures of a Markdown table by system."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    return {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[2:]}


def test_figures_are_those_of_the_records_beside_the_papers(done):
    folder, first = done
    assert "to train: 6 models" in first
    again = hashbench("reproduce", "tiny.toml", "--seeds", "2", "--no-run", "--format", "markdown", cwd=folder)
    assert again.returncode == 0, again.stderr
    shown = cells(again.stdout)
    records, _ = ResultsFolder(folder / "results").read_all()
    for system, retriever, paper in (("lsh", "hierarchical", 0.063), ("hashlgn", "asymmetric", 0.2)):
        head = find(SYSTEMS, system).value.head.partition(":")[0]
        alike = [record.metrics["hr@5"] for record in records if (record.head, record.retriever) == (head, retriever)]
        assert len(alike) == 2
        assert float(shown[system]["hr@5 paper"]) == paper
        assert float(shown[system]["hr@5 ours"]) == pytest.approx(sum(alike) / 2, abs=5e-5)
        assert float(shown[system]["hr@5 Δ"]) == pytest.approx(sum(alike) / 2 - paper, abs=5.1e-4)
    assert "Order of methods, Kendall's τ between paper and ours: hr@5" in again.stdout
    assert "- floats beat hyperplanes: " in again.stdout
    assert "Our NDCG is counted as the paper's code does: ndcg divides by" in again.stdout


def test_a_second_call_trains_nothing(done):
    folder, _ = done
    again = hashbench("reproduce", "tiny.toml", "--seeds", "2", "--threads", "1", cwd=folder)
    assert "to train: 0 models" in again.stdout
    assert again.stderr == ""


def test_a_dry_run_says_what_is_to_do_and_does_nothing(tmp_path):
    (tmp_path / "tiny.toml").write_text(TABLE)
    dry = hashbench("reproduce", "tiny.toml", "--seeds", "2", "--dry-run", cwd=tmp_path)
    assert dry.returncode == 0, dry.stderr
    assert "to train: 6 models" in dry.stdout
    assert "paper" not in dry.stdout
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.toml"]


def test_what_failed_is_run_again_if_that_is_asked_for(tmp_path):
    (tmp_path / "tiny.toml").write_text(TABLE.replace("epochs = 2", "epochs = 2\nlr = 1e30"))
    failed = process("reproduce", "tiny.toml", "--threads", "1", cwd=tmp_path)
    assert failed.returncode == 1
    assert "models failed; --retry-failed runs them again" in failed.stderr
    counts = [
        hashbench("reproduce", "tiny.toml", "--dry-run", *words, cwd=tmp_path).stdout
        for words in ((), ("--retry-failed",))
    ]
    assert "(--retry-failed runs them again)" in counts[0]
    assert "to train: 0 models" in counts[0]
    assert "run again" in counts[1]
    assert "to train: 0 models" not in counts[1]


def test_the_order_of_some_says_of_how_many(done):
    folder, _ = done
    text = (folder / "tiny.toml").read_text()
    rows = (
        '[[paper.rows]]\nsystem = "lsh"\nretriever = "asymmetric"\n'
        + f'figures = {{"{TINY}" = [0.1, 0.1]}}\n\n[[paper.claims]]'
    )
    (folder / "more.toml").write_text(text.replace("[[paper.claims]]", rows))
    again = hashbench("reproduce", "more.toml", "--seeds", "2", "--no-run", cwd=folder)
    assert "Order of methods of the 3 of 4 that were run, Kendall's τ" in again.stdout


def test_times_of_another_machine_are_compared_as_ratios(done):
    folder, _ = done
    text = (folder / "tiny.toml").read_text().replace('["hr@5", "ndcg@5"]', '["all_users_s"]')
    (folder / "times.toml").write_text(re.sub(r"= \[(0\.\d+), 0\.\d+\]", r"= [\1]", text).split("[[paper.claims]]")[0])
    again = hashbench("reproduce", "times.toml", "--no-run", "--format", "markdown", cwd=folder)
    assert again.returncode == 0, again.stderr
    shown = cells(again.stdout)
    assert [shown[system]["all_users_s paper ×"] for system in ("lsh", "graphsage", "hashlgn")] == ["1.0", "0.3", "0.3"]
    records = [record for record in ResultsFolder(folder / "results").read_all()[0] if record.seed == 0]
    lsh, hashlgn = (
        value_of(record, "all_users_s") or 0
        for wanted in (("lsh", "hierarchical"), ("hashlgn", "asymmetric"))
        for record in records
        if (record.head, record.retriever) == wanted
    )
    assert float(shown["hashlgn"]["all_users_s ours ×"]) == pytest.approx(lsh / hashlgn, abs=0.051)
    assert not any("Δ" in heading for heading in shown["lsh"])


def test_what_is_not_there_is_left_open(tmp_path):
    (tmp_path / "tiny.toml").write_text(TABLE)
    empty = hashbench("reproduce", "tiny.toml", "--no-run", "--format", "markdown", cwd=tmp_path)
    assert empty.returncode == 0, empty.stderr
    assert cells(empty.stdout)["lsh"]["hr@5 ours"] == "–"
    assert "floats beat hyperplanes: not run." in empty.stdout
    assert "0 of 8 runs are done." in empty.stdout
    assert "Kendall" not in empty.stdout
    assert not (tmp_path / "results").exists()


CHART = f"""
name = "chart"
description = "what p does"

[axes]
dataset = ["{TINY}"]
encoder = "mf:dim=8"
head = ["guided_ste:bits=8", "guided_ste:bits=8,p_end=0.5"]

[[include]]
head = "guided_ste:bits=16"

[training]
epochs = 2

[search]
retriever = "hamming"
k = [5]

[paper]
source = "Somebody (2020), Figure 1"
finding = "more bits are better"

[[paper.charts]]
kind = "bars"

[[paper.charts]]
kind = "sweep"
over = "head.bits"
"""


def test_a_chart_is_drawn_of_the_records_of_its_runs_alone(tmp_path):
    pytest.importorskip("vl_convert", reason="charts need the extra 'report'")
    (tmp_path / "chart.toml").write_text(CHART)
    ended = process("reproduce", "chart.toml", "--threads", "1", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    file = tmp_path / "results" / "figures" / "chart-synthetic.svg"
    first = file.read_text()
    assert "results/figures/chart-synthetic.svg: what p does" in ended.stdout
    assert "The paper's finding: more bits are better" in ended.stdout
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", first)
    assert sum(text.startswith("guided_ste:") for text in texts) == 3
    assert {"head.bits", "HR@5 = hits / test items (recall)"} <= set(texts)

    other = process(
        "run", "--encoder", "mf:dim=8", "--head", "lsh", "--dataset", TINY, "--epochs", "1", "--k", "5", cwd=tmp_path
    )
    assert other.returncode == 0, other.stderr
    file.unlink()
    again = hashbench("reproduce", "chart.toml", "--no-run", "--plots", "plots", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "plots" / "chart-synthetic.svg").read_text() == first
    assert not file.exists()


def test_records_alone_are_enough(tmp_path, done):
    folder, _ = done
    ended = hashbench("reproduce", folder / "tiny.toml", "--no-run", "--out", folder / "results", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "–" not in ended.stdout
    assert " done." not in ended.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["hashgnn-table3"], "There is no table called 'hashgnn-table3'. Did you mean 'hashgnn-table4'?"),
        (["nowhere.toml"], "nowhere.toml: cannot be read: no such file"),
        (["hashlgn-table1", "--dataset", "gowalla"], "--dataset gowalla: the table has ml-1m"),
        (["hashlgn-table1", "--no-run", "--dry-run"], "--no-run trains nothing: leave out --dry-run"),
    ],
)
def test_bad_input_is_one_line(tmp_path, words, said):
    ended = hashbench("reproduce", *words, cwd=tmp_path)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
