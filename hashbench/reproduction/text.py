"""A published table and ours, as lines of text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from tabulate import tabulate

from hashbench.evaluation.profiles import PROFILES
from hashbench.grid.experiment import Experiment
from hashbench.reproduction.comparison import Line, Tested, order, side_by_side, tested
from hashbench.reproduction.f1_of_means import of_users, with_f1_of_means
from hashbench.reproduction.records import as_the_paper_counts, by_system, run_of, runs_of
from hashbench.reproduction.table import Table
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder

TIMES = ("all_users_s", "train_seconds", "p50_ms", "p95_ms", "p99_ms")
"""What another machine took: only ratios compare."""


def comparison(
    published: Table, dataset: str, experiment: Experiment, folder: ResultsFolder, done: list[RunRecord], style: str
) -> Iterator[str]:
    """Return figures side by side ("table" or "markdown"), the order of methods, and each claim with its test."""
    paper = published.paper
    found = by_system(experiment, dataset, map(with_f1_of_means, done))
    counted, problems = as_the_paper_counts(found, folder, paper.profile)
    lines = side_by_side(paper, dataset, counted)
    seeds = len(experiment.axes.seed)
    yield ""
    yield f"{paper.source} · {dataset} · {seeds} {'seed' if seeds == 1 else 'seeds'}"
    yield ""
    n_done, n_wanted = len({run_of(record) for record in done}), len(runs_of(experiment, dataset))
    if n_done < n_wanted:
        yield f"Of {n_wanted} runs {n_done} {'is' if n_done == 1 else 'are'} there."
        yield ""
    if lines:
        yield _table(paper.metrics, lines, style)
        yield ""
    orders = {metric: order(lines, place) for place, metric in enumerate(paper.metrics)}
    known = [f"{metric} {value:+.2f}" for metric, value in orders.items() if value is not None]
    if known:
        compared = sum(any(value is not None for value in line.ours) for line in lines)
        among = "" if compared == len(lines) else f" of the {compared} of {len(lines)} that were run"
        yield f"Order of methods{among}, Kendall's τ between paper and ours: {', '.join(known)}."
    for one in tested(paper, found, of_users(folder.per_user), np.random.default_rng(0)):
        yield f"- {one.claim.text}: {one.verdict}{_why(one, paper.metrics[0])}."
    profile = PROFILES[paper.profile]
    if lines and counted is not found:
        yield f"NDCG of ours is counted as the paper's code does: {profile.differs}."
    yield from (f"left out {problem}" for problem in problems)


def _table(metrics: Sequence[str], lines: Sequence[Line], style: str) -> str:
    columns = {"system": [line.row.system for line in lines], "retriever": [line.row.retriever for line in lines]}
    for place, metric in enumerate(metrics):
        columns |= {f"{metric} {what}": cells for what, cells in _columns(lines, place, metric).items() if any(cells)}
    return tabulate(columns, "keys", tablefmt="github" if style == "markdown" else "simple", disable_numparse=True)


def _columns(lines: Sequence[Line], place: int, metric: str) -> dict[str, list[str]]:
    """Return the columns of one metric; of times, which another machine took, how many times the first row's speed."""
    paper, ours = [line.paper[place] for line in lines], [line.ours[place] for line in lines]
    shown = {
        "paper": [_short(value, ".3f") for value in paper],
        "ours": [_short(value, ".4f") or "–" for value in ours],
        "±": [_short(line.deviations[place], ".4f") for line in lines],
    }
    if metric in TIMES:
        return shown | {"paper ×": _times(paper), "ours ×": _times(ours)}
    return shown | {"Δ": [_short(line.differences[place], "+.3f") for line in lines]}


def _times(values: Sequence[float | None]) -> list[str]:
    first = values[0]
    return [f"{first / value:.1f}" if first and value else "" for value in values]


def _short(value: float | None, form: str) -> str:
    return "" if value is None else re.sub(r"^([+-]?)0\.", r"\1.", format(value, form))


def _why(one: Tested, metric: str) -> str:
    if one.difference is None:
        return ""
    p = one.difference.p
    return f" ({metric} {one.difference.mean:+.4f}, {'p < .001' if p < 0.001 else f'p = {p:.3f}'})"
