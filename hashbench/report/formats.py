"""A comparison as markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from hashbench.report.columns import DEVIATION, LATENCIES, metrics_of
from hashbench.report.compare import ComparisonTable, Row
from hashbench.results.record import RunRecord
from hashbench.results.record_json import without_nan

FIELDS = (
    "dataset",
    "split",
    "encoder",
    "head",
    "n_bits",
    "objective",
    "train_head",
    "retriever",
    "seed",
    "status",
    "error",
)
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


def markdown(groups: Iterable[ComparisonTable]) -> str:
    """Return one heading, table and list of notes a group; the best values are bold."""
    return "\n".join(_markdown(group) for group in groups)


def latex(groups: Iterable[ComparisonTable]) -> str:
    """Return one table a group for LaTeX with the packages booktabs and graphicx; the best values are bold."""
    return "% needs \\usepackage{booktabs,graphicx}\n" + "\n".join(_latex(group) for group in groups)


def as_csv(groups: Sequence[ComparisonTable]) -> str:
    """Return one line a row, failed runs included, with figures in full."""
    rows = as_rows(groups)
    metrics = metrics_of(_all_records(groups))
    deviations = [name + DEVIATION for name in metrics] if any("sd" in row for row in rows) else []
    text = io.StringIO()
    figures = ("bytes_per_item", "speed_up", "retained", "train_seconds", "run_id")
    first = ("group", "rank", "profile") if any(group.profile for group in groups) else ("group", "rank")
    fields = [*first, *FIELDS, *metrics, *deviations, *LATENCIES, *figures]
    writer = csv.DictWriter(text, fields, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        seeds = {"seed": " ".join(map(str, row["seed"]))} if "sd" in row else {}
        spread = {name + DEVIATION: one for name, one in row.get("sd", {}).items()}
        writer.writerow(row | seeds | row["metrics"] | spread | (row["latency"] or dict.fromkeys(LATENCIES)))
    return text.getvalue()


def as_json(groups: Sequence[ComparisonTable]) -> str:
    """Return a JSON list of one object a record, failed ones included, with figures in full."""
    return json.dumps(without_nan(as_rows(groups)), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_rows(groups: Iterable[ComparisonTable]) -> list[dict[str, Any]]:
    """Return one dict a record: its group, rank, fields and figures."""
    rows = []
    for group in groups:
        for row in group.rows:
            derived = {name: row.values[name] for name in ("speed_up", "retained")}
            rows.append(_row(group, row.record, row.rank, derived) | _over_seeds(row))
        rows += [_row(group, record, None, dict.fromkeys(("speed_up", "retained"))) for record in group.failed]
    return rows


def _over_seeds(row: Row) -> dict[str, Any]:
    """Return what there is to say of several seeds: which, and the standard deviations of metrics."""
    if len(row.members) < 2:
        return {}
    deviations = {name: row.values[name + DEVIATION] for name in row.record.metrics}
    return {"seed": [one.seed for one in row.members], "runs": [one.run_id for one in row.members], "sd": deviations}


def failure(record: RunRecord) -> str:
    """Return one line that says which run failed, and why."""
    bits = f" {record.n_bits} bits" if record.n_bits else ""
    what = f"{record.encoder} {record.head}{bits} {record.objective} {record.retriever} seed {record.seed}"
    return f"Failed: {what} (run {record.run_id[:8]}): {' '.join(str(record.error).split())}"


def _row(group: ComparisonTable, record: RunRecord, rank: int | None, derived: dict[str, Any]) -> dict[str, Any]:
    return {
        "group": group.title,
        "rank": rank,
        **({"profile": group.profile} if group.profile else {}),
        **{name: getattr(record, name) for name in FIELDS},
        "metrics": dict(record.metrics),
        "ties": {name: ends.model_dump() for name, ends in record.ties.items()},
        "latency": {name: getattr(record.latency, name) for name in LATENCIES} if record.latency else None,
        "bytes_per_item": record.bytes_per_item,
        **derived,
        "train_seconds": record.train_seconds,
        "run_id": record.run_id,
    }


def _markdown(group: ComparisonTable) -> str:
    def escape(text: str) -> str:
        return _MARKDOWN_SIGNS.sub(r"\\\1", text)

    table = _table(group, "pipe", escape, lambda text: f"**{text}**")
    notes = [f"- {escape(note)}" for note in (*group.notes, *map(failure, group.failed))]
    return "\n".join([f"### {escape(group.title)}", "", *([table, ""] if group.rows else []), *notes, ""])


def _latex(group: ComparisonTable) -> str:
    def escape(text: str) -> str:
        return _LATEX_SIGNS.sub(lambda sign: _LATEX[sign[0]], text)

    caption = escape(" ".join((f"{group.title}.", *group.notes)))
    lines = ["\\begin{table}", "\\centering", "\\small", "\\setlength{\\tabcolsep}{3pt}", f"\\caption{{{caption}}}"]
    if group.rows:
        columns = [shown for shown in group.columns if shown.key != "run"]
        table = _table(replace(group, columns=tuple(columns)), "latex_raw", escape, lambda text: f"\\textbf{{{text}}}")
        for rule in ("\\toprule", "\\midrule", "\\bottomrule"):
            table = table.replace("\\hline", rule, 1)
        lines += [_NO_WIDER_THAN_THE_TEXT, table + "}"]
    lines += [f"\\par {escape(failure(record))}" for record in group.failed]
    return "\n".join([*lines, "\\end{table}", ""])


def _table(group: ComparisonTable, style: str, escape: Callable[[str], str], bold: Callable[[str], str]) -> str:
    from tabulate import tabulate

    def cell(row: Row, place: int) -> str:
        shown = group.columns[place]
        text = escape(group.text(row, shown))
        return bold(text) if group.is_best(row, shown) else text

    places = range(len(group.columns))
    body = [[str(row.rank or "–"), *(cell(row, place) for place in places)] for row in group.rows]
    body = [[escape(line[0]), *line[1:]] for line in body]
    headers = [escape(title) for title in ("#", *(shown.title for shown in group.columns))]
    align = ["right", *("right" if shown.better else "left" for shown in group.columns)]
    text: str = tabulate(body, headers, tablefmt=style, disable_numparse=True, colalign=align)
    return text


def _all_records(groups: Iterable[ComparisonTable]) -> list[RunRecord]:
    return [record for group in groups for record in (*(row.record for row in group.rows), *group.failed)]
