"""Comparison tables as Markdown and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from tabulate import tabulate

from hashbench.reporting.columns import Column
from hashbench.reporting.number_format import MISSING
from hashbench.reporting.table import ComparisonTable, Row, failure_note

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "–": "--",
    "--": "-{}-",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
_NO_WIDER_THAN_THE_TEXT = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
_LATEX_SIGNS = re.compile("|".join(map(re.escape, _LATEX)))
_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]<>|])")


def markdown(tables: Iterable[ComparisonTable]) -> str:
    """Return a heading, a table and a list of notes for each comparison table; the best values are bold."""
    return "\n".join(_markdown(table) for table in tables)


def latex(tables: Iterable[ComparisonTable]) -> str:
    """Return a LaTeX table for each comparison table, for booktabs and graphicx; the best values are bold."""
    return "% needs \\usepackage{booktabs,graphicx}\n" + "\n".join(_latex(table) for table in tables)


def _markdown(table: ComparisonTable) -> str:
    def escape(text: str) -> str:
        return _MARKDOWN_SIGNS.sub(r"\\\1", text)

    body = _grid(table, "pipe", escape, lambda text: f"**{text}**")
    notes = [f"- {escape(note)}" for note in (*table.footnotes, *map(failure_note, table.failed))]
    return "\n".join([f"### {escape(table.title)}", "", *([body, ""] if table.rows else []), *notes, ""])


def _latex(table: ComparisonTable) -> str:
    def escape(text: str) -> str:
        return _LATEX_SIGNS.sub(lambda sign: _LATEX[sign[0]], text)

    caption = escape(" ".join((f"{table.title}.", *table.footnotes)))
    lines = ["\\begin{table}", "\\centering", "\\small", "\\setlength{\\tabcolsep}{3pt}", f"\\caption{{{caption}}}"]
    if table.rows:
        columns = tuple(column for column in table.columns if column.key != "run")
        body = _grid(replace(table, columns=columns), "latex_raw", escape, lambda text: f"\\textbf{{{text}}}")
        for rule in ("\\toprule", "\\midrule", "\\bottomrule"):
            body = body.replace("\\hline", rule, 1)
        lines += [_NO_WIDER_THAN_THE_TEXT, body + "}"]
    lines += [f"\\par {escape(failure_note(record))}" for record in table.failed]
    return "\n".join([*lines, "\\end{table}", ""])


def _grid(table: ComparisonTable, style: str, escape: Callable[[str], str], bold: Callable[[str], str]) -> str:
    """Return headings and rows in a style of tabulate; the best values are bold."""

    def cell(row: Row, column: Column) -> str:
        text = escape(table.text(row, column))
        return bold(text) if table.is_best(row, column) else text

    body = [[escape(str(row.rank or MISSING)), *(cell(row, column) for column in table.columns)] for row in table.rows]
    headings = [escape(title) for title in ("#", *(column.title for column in table.columns))]
    align = ["right", *("right" if column.direction else "left" for column in table.columns)]
    text: str = tabulate(body, headings, tablefmt=style, disable_numparse=True, colalign=align)
    return text
