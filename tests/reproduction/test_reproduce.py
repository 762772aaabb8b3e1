"""hashbench reproduce: what is missing is run, and the paper's figures stand beside ours."""

import re

import pytest
from scipy import stats

from hashbench.errors import HashbenchError
from hashbench.grid.cells import expand
from hashbench.registry.shelves import SYSTEMS, find
from hashbench.report.columns import value_of
from hashbench.reproduction.comparison import rank_correlation, side_by_side
from hashbench.reproduction.table import read_table, table_names
from hashbench.reproduction.text import _format
from hashbench.results.store import ResultsFolder
from hashbench.spec import canonical

from ..cli.process import TINY, hashbench

TABLE = f"""
name = "tiny"

[axes]
dataset = ["{TINY}"]
system = ["lsh", "graphsage", "hashlgn"]

[training]
epochs = 2

[search]
k = [5]

[paper]
source = "Somebody (2020), Table 1"
profile = "hashgnn"
metrics = ["hr@5", "ndcg@5"]

[[paper.rows]]
system = "lsh"
retriever = "hierarchical"
figures = {{"{TINY}" = [0.063, 0.1]}}

[[paper.rows]]
system = "graphsage"
retriever = "continuous"
figures = {{"{TINY}" = [0.25, 0.3]}}

[[paper.rows]]
system = "hashlgn"
retriever = "asymmetric"
figures = {{"{TINY}" = [0.2, 0.2]}}

[[paper.claims]]
text = "floats beat hyperplanes"
better = "graphsage"
worse = "lsh"
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reproduced")
    (folder / "tiny.toml").write_text(TABLE)
    ended = hashbench("reproduce", "tiny.toml", "--seeds", "2", "--threads", "1", cwd=folder)
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
        alike = [one.metrics["hr@5"] for one in records if (one.head, one.retriever) == (head, retriever)]
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
    assert [one.name for one in tmp_path.iterdir()] == ["tiny.toml"]


def test_what_failed_is_run_again_if_that_is_asked_for(tmp_path):
    (tmp_path / "tiny.toml").write_text(TABLE.replace("epochs = 2", "epochs = 2\nlr = 1e30"))
    failed = hashbench("reproduce", "tiny.toml", "--threads", "1", cwd=tmp_path)
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


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [(0.5, ".3f", ".500"), (10.5, ".3f", "10.500"), (120.25, ".4f", "120.2500"), (-0.05, "+.3f", "-.050")],
)
def test_only_a_leading_nought_is_left_out(value, form, shown):
    assert _format(value, form) == shown


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
    records = [one for one in ResultsFolder(folder / "results").read_all()[0] if one.seed == 0]
    lsh, hashlgn = (
        value_of(one, "all_users_s") or 0
        for wanted in (("lsh", "hierarchical"), ("hashlgn", "asymmetric"))
        for one in records
        if (one.head, one.retriever) == wanted
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


@pytest.mark.parametrize("name", table_names())
def test_each_that_comes_along_is_whole(name):
    table = read_table(name)
    assert table.name == name
    for dataset in table.experiment.axes.dataset:
        assert table.paper.charts or side_by_side(table.paper, dataset, {})
    if table.paper.rows:
        assert {row.system for row in table.paper.rows} == set(table.experiment.axes.system)
    for row in table.paper.rows:
        axes = table.experiment.axes.model_copy(update={"system": [row.system]})
        found = expand(table.experiment.model_copy(update={"axes": axes})).cells
        assert found
        assert all(row.key[1] in map(canonical, cell.plan.retrievers) for cell in found)


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
    ended = hashbench("reproduce", "chart.toml", "--threads", "1", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    file = tmp_path / "results" / "figures" / "chart-synthetic.svg"
    first = file.read_text()
    assert "results/figures/chart-synthetic.svg: what p does" in ended.stdout
    assert "The paper's finding: more bits are better" in ended.stdout
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", first)
    assert sum(text.startswith("guided_ste:") for text in texts) == 3
    assert {"head.bits", "HR@5 = hits / test items (recall)"} <= set(texts)

    other = hashbench(
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


def test_the_order_is_scipys_tau(monkeypatch):
    paper = read_table("hashgnn-table2").paper
    lines = side_by_side(paper, "ml-1m", {})
    assert rank_correlation(lines, 0) is None
    ours = [0.1, 0.3, 0.2, 0.25, 0.28, 0.31, 0.18, 0.2, 0.29, 0.33, 0.3]
    filled = [type(line)(line.row, line.paper, [mine] * 4, [None] * 4) for line, mine in zip(lines, ours, strict=True)]
    expected = stats.kendalltau([line.paper[2] for line in lines], ours).statistic
    assert rank_correlation(filled, 2) == pytest.approx(expected)
    level = [type(line)(line.row, line.paper, [0.1] * 4, [None] * 4) for line in lines]
    assert rank_correlation(level, 0) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('profile = "hashgnn"', 'profile = "hashgn"', "paper.profile: it must be one of standard"),
        ("[0.063, 0.1]", "[0.063]", "figures are needed, one for each of paper.metrics, got 1"),
        ('worse = "lsh"', 'worse = "mf"', "paper.claims[0]: no row is of system 'mf'"),
        (
            'system = "lsh"\nretriever',
            'system = "mf"\nretriever',
            "paper.rows[0].system: axes.system does not name 'mf'",
        ),
        ('source = "Somebody (2020), Table 1"', "", "paper.source: field required"),
        ("[paper]", "[papers]", "papers: there is no such key"),
        ('metrics = ["hr@5", "ndcg@5"]', "", "paper.metrics: rows need them"),
        (
            "[[paper.claims]]",
            '[[paper.charts]]\nkind = "bar"\n\n[[paper.claims]]',
            "paper.charts[0].kind: it must be one of",
        ),
        (
            "[[paper.claims]]",
            '[[paper.charts]]\nkind = "sweep"\n\n[[paper.claims]]',
            "paper.charts[0].over: a sweep needs it",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_place(tmp_path, old, new, said):
    file = tmp_path / "tiny.toml"
    assert old in TABLE
    file.write_text(TABLE.replace(old, new))
    with pytest.raises(HashbenchError) as error:
        read_table(str(file))
    assert said in str(error.value)


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
