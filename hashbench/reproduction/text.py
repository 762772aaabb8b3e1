"""A published table and ours, as lines of text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from tabulate import tabulate

from hashbench.evaluation.profiles import PROFILES
from hashbench.grids.experiment import Experiment
from hashbench.reporting.metric_names import definitions
from hashbench.reporting.number_format import MISSING, counted
from hashbench.reproduction.comparison import ClaimResult, Line, check_claims, rank_correlation, side_by_side
from hashbench.reproduction.f1_of_means import of_users, with_f1_of_means
from hashbench.reproduction.paper import Paper
from hashbench.reproduction.records import as_the_paper_counts, by_system, run_of, runs_of
from hashbench.reproduction.table import Table
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder

TIMES = ("all_users_s", "train_seconds", "p50_ms", "p95_ms", "p99_ms")
"""Columns of times, which were measured on another machine: only their ratios compare."""


def comparison_lines(
    published: Table, dataset: str, experiment: Experiment, folder: ResultsFolder, done: list[RunRecord], style: str
) -> Iterator[str]:
    """Give the figures side by side ("table" or "markdown"), the order of methods, and each claim with its test."""
    paper = published.paper
    recorded = by_system(experiment, dataset, map(with_f1_of_means, done))
    ours, problems = as_the_paper_counts(recorded, folder, paper.profile)
    lines = side_by_side(paper, dataset, ours)
    yield ""
    yield f"{paper.source} · {dataset} · {counted(len(experiment.axes.seed), 'seed')}"
    yield ""
    n_done, n_runs = len({run_of(record) for record in done}), len(runs_of(experiment, dataset))
    if n_done < n_runs:
        yield f"{n_done} of {counted(n_runs, 'run')} {'is' if n_done == 1 else 'are'} done."
        yield ""
    if lines:
        yield _table(paper.metrics, lines, style)
        yield ""
        yield from definitions(paper.metrics)
    yield from _order_of_methods(paper, lines)
    for result in check_claims(paper, recorded, of_users(folder.per_user), np.random.default_rng(0)):
        yield f"- {result.claim.text}: {result.verdict}{_test_result(result, paper.metrics[0])}."
    if lines and ours is not recorded:
        yield f"Our NDCG is counted as the paper's code does: {PROFILES[paper.profile].differs}."
    yield from (f"left out {problem}" for problem in problems)


def _order_of_methods(paper: Paper, lines: Sequence[Line]) -> Iterator[str]:
    """Say how far the orders of methods agree, by each metric."""
    correlations = [(metric, rank_correlation(lines, index)) for index, metric in enumerate(paper.metrics)]
    known = [f"{metric} {tau:+.2f}" for metric, tau in correlations if tau is not None]
    if known:
        n_run = sum(any(value is not None for value in line.ours) for line in lines)
        which = "" if n_run == len(lines) else f" of the {n_run} of {len(lines)} that were run"
        yield f"Order of methods{which}, Kendall's τ between paper and ours: {', '.join(known)}."


def _table(metrics: Sequence[str], lines: Sequence[Line], style: str) -> str:
    columns = {"system": [line.row.system for line in lines], "retriever": [line.row.retriever for line in lines]}
    for index, metric in enumerate(metrics):
        of_metric = _columns(lines, index, metric)
        columns |= {f"{metric} {heading}": cells for heading, cells in of_metric.items() if any(cells)}
    return tabulate(columns, "keys", tablefmt="github" if style == "markdown" else "simple", disable_numparse=True)


def _columns(lines: Sequence[Line], index: int, metric: str) -> dict[str, list[str]]:
    """Return the columns of one metric.

    Times were measured on another machine, so they come with how many times as fast as the first row each row is.
    """
    paper, ours = [line.paper[index] for line in lines], [line.ours[index] for line in lines]
    columns = {
        "paper": [_format(value, ".3f") for value in paper],
        "ours": [_format(value, ".4f") or MISSING for value in ours],
        "±": [_format(line.deviations[index], ".4f") for line in lines],
    }
    if metric in TIMES:
        return columns | {"paper ×": _times_as_fast(paper), "ours ×": _times_as_fast(ours)}
    return columns | {"Δ": [_format(line.differences[index], "+.3f") for line in lines]}


def _times_as_fast(values: Sequence[float | None]) -> list[str]:
    first = values[0]
    return [f"{first / value:.1f}" if first and value else "" for value in values]


def _format(value: float | None, form: str) -> str:
    """Format a number without a leading zero; None gives an empty text."""
    return "" if value is None else re.sub(r"^([+-]?)0\.", r"\1.", format(value, form))


def _test_result(result: ClaimResult, metric: str) -> str:
    if result.difference is None:
        return ""
    p = result.difference.p
    return f" ({metric} {result.difference.mean:+.4f}, {'p < .001' if p < 0.001 else f'p = {p:.3f}'})"
