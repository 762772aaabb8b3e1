"""Tables as Markdown and LaTeX."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from hashbench.reporting import markup
from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.table import ComparisonTable

from ..results.factory import a_record


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
        r"- Speed-up over the p50 of the fastest float search, "
        r"sage guided\_ste 32 bits continuous seed 0 (run bbbb).",
        r"- \* There is no float reference: the same model's float search stands for it.",
        r"- Failed: sage guided\_ste 32 bits bpr hamming seed 7 (run cccc0000): 100% of\_it failed",
        "",
    ]
    assert lines[14] == "### pinterest · split ratio · 6040 users × 3706 items"


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


def test_latex_keeps_two_hyphens_apart() -> None:
    (group,) = comparison_tables([a_record()])
    assert r"see -{}-ties; 1--2" in markup.latex([replace(group, notes=("see --ties; 1–2",))])
