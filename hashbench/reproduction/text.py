"""A published table and ours, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from tabulate import tabulate

from hashbench.evaluation.profiles import PROFILES
from hashbench.grid.experiment import Experiment
from hashbench.reproduction.records import as_the_paper_counts, by_system
from hashbench.reproduction.sides import Line, Tested, order, side_by_side, tested
from hashbench.reproduction.table import Table
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder


def sides(
    published: Table, dataset: str, experiment: Experiment, folder: ResultsFolder, done: list[RunRecord], style: str
) -> Iterator[str]:
    """Return figures side by side ("table" or "markdown"), the order of methods, and each claim with its test."""
    paper = published.paper
    found = by_system(experiment, dataset, done)
    counted, problems = as_the_paper_counts(found, folder, paper.profile)
    lines = side_by_side(paper, dataset, counted)
    seeds = len(experiment.axes.seed)
    yield ""
    yield f"{paper.source} · {dataset} · {seeds} {'seed' if seeds == 1 else 'seeds'}"
    yield ""
    if lines:
        yield _table(paper.metrics, lines, style)
        yield ""
    orders = {metric: order(lines, place) for place, metric in enumerate(paper.metrics)}
    known = [f"{metric} {value:+.2f}" for metric, value in orders.items() if value is not None]
    if known:
        yield f"Order of methods, Kendall's τ between paper and ours: {', '.join(known)}."
    for one in tested(paper, found, folder.per_user, np.random.default_rng(0)):
        yield f"- {one.claim.text}: {one.verdict}{_why(one, paper.metrics[0])}."
    profile = PROFILES[paper.profile]
    if lines and counted is not found:
        yield f"NDCG of ours is counted as the paper's code does: {profile.differs}."
    yield from (f"left out {problem}" for problem in problems)


def _table(metrics: Sequence[str], lines: Sequence[Line], style: str) -> str:
    heads = ["system", "retriever", *(f"{metric} {what}" for metric in metrics for what in ("paper", "ours", "±", "Δ"))]
    rows = []
    for line in lines:
        cells = zip(line.paper, line.ours, line.deviations, line.differences, strict=True)
        figures = [text for cell in cells for text in _cells(*cell)]
        rows.append([line.row.system, line.row.retriever, *figures])
    kept = [place for place in range(len(heads)) if place < 2 or any(row[place] for row in rows)]
    shown = [[row[place] for place in kept] for row in rows]
    form = "github" if style == "markdown" else "simple"
    return tabulate(shown, [heads[place] for place in kept], tablefmt=form, disable_numparse=True)


def _cells(paper: float, ours: float | None, deviation: float | None, difference: float | None) -> list[str]:
    def short(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form).replace("0.", ".", 1)

    return [short(paper, ".3f"), short(ours, ".4f") or "–", short(deviation, ".4f"), short(difference, "+.3f")]


def _why(one: Tested, metric: str) -> str:
    if one.difference is None:
        return ""
    p = one.difference.p
    return f" ({metric} {one.difference.mean:+.4f}, {'p < .001' if p < 0.001 else f'p = {p:.3f}'})"
