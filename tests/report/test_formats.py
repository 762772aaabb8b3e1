from __future__ import annotations

import csv
import io
import json
import math
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from hashbench.report import markup
from hashbench.report import rows as data_rows
from hashbench.report.build_tables import comparison_tables
from hashbench.report.table import ComparisonTable
from hashbench.report.terminal import print_tables

from ..results.factory import a_failure, a_record


@pytest.fixture
def groups() -> list[ComparisonTable]:
    """Two rows and a failure on one data set, a row without float search on another."""
    return comparison_tables(
        [
            a_record(retriever="hamming", p50=0.5).model_copy(update={"run_id": "aaaa0000"}),
            a_record(
                retriever="continuous", p50=2.0, bytes_per_item=256.0, metrics={"hr@50": 0.5, "ndcg@50": 0.6}
            ).model_copy(update={"run_id": "bbbb0000"}),
            a_failure(seed=7, error="100% of_it\nfailed").model_copy(update={"run_id": "cccc0000"}),
            a_record(dataset="pinterest", metrics={"hr@50": math.nan}).model_copy(update={"run_id": "dddd0000"}),
        ]
    )


def test_markdown(groups: list[ComparisonTable]) -> None:
    lines = markup.markdown(groups).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert lines[0] == "### ml-1m · split ratio · 6040 users × 3706 items"
    columns = "#,retriever,hr@50,hr@100,ndcg@50,ndcg@100,p50 ms,q/s,speed-up,bytes/item,% retained,train s,run"
    assert cells[2] == columns.split(",")
    assert [cell.replace("-", "") for cell in cells[3]] == [":", ":", *[":"] * 10, ":"]
    assert (lines[3][-2], cells[3][1][0], cells[3][2][-1]) == ("-", ":", ":")
    first = r"1,continuous,**.5000**,–,**.6000**,–,2.00,1000,1.00×,256,**100.0\***,61.2,bbbb"
    second = r"2,hamming,.2500,.4000,.3000,.3300,**0.500**,**4000**,**4.00×**,**4**,50.0\*,61.2,aaaa"
    assert cells[4:6] == [first.split(","), second.split(",")]
    assert lines[6:14] == [
        "",
        "- HR@50 = hits / test items (recall); likewise at 100.",
        r"- All rows: encoder sage, head guided\_ste, 32 bits, objective bpr, seed 0.",
        "- Sorted by hr@50.",
        r"- Speed-up: p50 of the fastest float search / p50 of the row; "
        r"sage guided\_ste 32 bits continuous seed 0 (run bbbb).",
        r"- \* There is no float reference: the same model's float search stands for it.",
        r"- Failed: sage guided\_ste 32 bits bpr hamming seed 7 (run cccc0000): 100% of\_it failed",
        "",
    ]
    assert lines[14] == "### pinterest · split ratio · 6040 users × 3706 items"


def test_json_has_the_fields_of_a_record_and_null_for_what_is_no_number(groups: list[ComparisonTable]) -> None:
    rows = json.loads(data_rows.as_json(groups), parse_constant=pytest.fail)
    assert rows[1] == {
        "group": "ml-1m · split ratio · 6040 users × 3706 items",
        "rank": 2,
        "dataset": "ml-1m",
        "split": "ratio",
        "encoder": "sage",
        "head": "guided_ste",
        "n_bits": 32,
        "objective": "bpr",
        "train_head": "joint",
        "retriever": "hamming",
        "seed": 0,
        "status": "ok",
        "error": None,
        "metrics": {"hr@50": 0.25, "hr@100": 0.4, "ndcg@50": 0.3, "ndcg@100": 0.33},
        "ties": {},
        "latency": {"p50_ms": 0.5, "p95_ms": 1.0, "p99_ms": 1.5, "batch_qps": 4000.0},
        "bytes_per_item": 4.0,
        "speed_up": 4.0,
        "retained": 0.5,
        "train_seconds": 61.25,
        "run_id": "aaaa0000",
    }
    assert [(row["run_id"], row["rank"], row["status"]) for row in rows] == [
        ("bbbb0000", 1, "ok"),
        ("aaaa0000", 2, "ok"),
        ("cccc0000", None, "failed"),
        ("dddd0000", None, "ok"),
    ]
    assert rows[2]["error"] == "100% of_it\nfailed"
    assert (rows[2]["latency"], rows[2]["speed_up"], rows[3]["metrics"]) == (None, None, {"hr@50": None})


def test_csv_has_one_line_a_record_with_figures_in_full(groups: list[ComparisonTable]) -> None:
    text = data_rows.as_csv(groups)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["run_id"] for row in rows] == ["bbbb0000", "aaaa0000", "cccc0000", "dddd0000"]
    assert text.splitlines()[0] == (
        "group,rank,dataset,split,encoder,head,n_bits,objective,train_head,retriever,seed,status,error,"
        "hr@50,hr@100,ndcg@50,ndcg@100,p50_ms,p95_ms,p99_ms,batch_qps,"
        "bytes_per_item,speed_up,retained,train_seconds,run_id"
    )
    assert (rows[1]["hr@50"], rows[1]["p95_ms"], rows[1]["speed_up"]) == ("0.25", "1.0", "4.0")
    assert (rows[2]["error"], rows[2]["hr@50"], rows[2]["rank"]) == ("100% of_it\nfailed", "", "")


def test_latex_has_booktabs_rules_and_escaped_text(groups: list[ComparisonTable]) -> None:
    text = markup.latex(groups)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[:4] == ["% needs \\usepackage{booktabs,graphicx}", "\\begin{table}", "\\centering", "\\small"]
    for rule in ("\\toprule", "\\midrule", "\\bottomrule", "\\begin{tabular}{rlrrrrrrrrrr}"):
        assert lines.count(rule) == (2 if "tabular" not in rule else 1), rule
    assert "\\hline" not in text
    assert (
        "2 & hamming & .2500 & .4000 & .3000 & .3300 & \\textbf{0.500} & \\textbf{4000} & "
        "\\textbf{4.00$\\times$} & \\textbf{4} & 50.0* & 61.2 \\\\"
    ) in lines
    failed = "\\par Failed: sage guided\\_ste 32 bits bpr hamming seed 7 (run cccc0000): 100\\% of\\_it failed"
    assert failed in lines


def test_latex_escapes_every_sign_of_its_own() -> None:
    signs = "\\ & % $ # _ { } ~ ^ < > |"
    text = markup.latex(comparison_tables([a_record(dataset=f"file:path={signs}")]))
    assert (
        r"file:path=\textbackslash{} \& \% \$ \# \_ \{ \} \textasciitilde{} \textasciicircum{} "
        r"\textless{} \textgreater{} \textbar{} $\cdot$ split ratio"
    ) in text


def test_latex_compiles(groups: list[ComparisonTable], tmp_path: Path) -> None:
    if (pdflatex := shutil.which("pdflatex")) is None:
        pytest.skip("pdflatex is not installed")
    odd = comparison_tables([a_record(dataset=r"file:path=C:\a_b & 100% #{1}~^<|>$.csv"), a_record(seed=1)])
    body = markup.latex([*groups, *odd])
    (tmp_path / "table.tex").write_text(
        "\\documentclass{article}\n\\usepackage{booktabs,graphicx}\n\\begin{document}\n" + body + "\\end{document}\n"
    )
    command = [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "table.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "table.pdf").stat().st_size > 0


def printed(groups: list[ComparisonTable], width: int, color: bool = False) -> list[str]:
    stream = io.StringIO()
    print_tables(
        groups,
        Console(
            file=stream, width=width, force_terminal=color, color_system="standard" if color else None, highlight=False
        ),
    )
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_a_wide_terminal_shows_everything(groups: list[ComparisonTable]) -> None:
    assert printed(groups, 200)[:14] == [
        "ml-1m · split ratio · 6040 users × 3706 items",
        "                  hr     hr   ndcg   ndcg    p50        speed  bytes   % re-  train",
        "#  retriever     @50   @100    @50   @100     ms   q/s    -up  /item  tained      s  run",
        "─────────────────────────────────────────────────────────────────────────────────────────",
        "1  continuous  .5000      –  .6000      –   2.00  1000  1.00×    256  100.0*   61.2  bbbb",
        "2  hamming     .2500  .4000  .3000  .3300  0.500  4000  4.00×      4   50.0*   61.2  aaaa",
        "HR@50 = hits / test items (recall); likewise at 100.",
        "All rows: encoder sage, head guided_ste, 32 bits, objective bpr, seed 0.",
        "Sorted by hr@50.",
        "Speed-up: p50 of the fastest float search / p50 of the row; "
        "sage guided_ste 32 bits continuous seed 0 (run bbbb).",
        "* There is no float reference: the same model's float search stands for it.",
        "Failed: sage guided_ste 32 bits bpr hamming seed 7 (run cccc0000): 100% of_it failed",
        "",
        "pinterest · split ratio · 6040 users × 3706 items",
    ]


@pytest.mark.parametrize("width", [60, 70, 80, 90, 100])
def test_a_narrow_terminal_leaves_out_the_least_important_columns_and_names_them(width: int) -> None:
    records = [
        a_record(encoder=encoder, head=head, n_bits=64, retriever=retriever, p50=0.0123)
        for encoder in ("sage", "lightgcn")
        for head in ("guided_ste", "hashnet")
        for retriever in ("hierarchical", "hamming")
    ]
    lines = printed(comparison_tables(records, "ndcg@100"), width)
    assert max(map(len, lines)) <= width
    if width >= 70:
        assert len([line for line in lines if " hierarchical " in line and " .3300 " in line]) == 4
    text = " ".join(lines)
    assert "Not shown for lack of room: " in text
    named = text.partition("lack of room: ")[2]
    assert "train s" in named
    assert "ndcg@100" not in named


def test_the_best_is_bold_on_a_terminal(groups: list[ComparisonTable]) -> None:
    text = "\n".join(printed(groups, 200, color=True))
    assert "\x1b[1m.5000\x1b[0m" in text
    assert "\x1b[1m.2500" not in text


def test_latex_keeps_two_hyphens_apart() -> None:
    (group,) = comparison_tables([a_record()])
    assert r"see -{}-ties; 1--2" in markup.latex([replace(group, notes=("see --ties; 1–2",))])
