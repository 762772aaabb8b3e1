"""Published figures and those of records, side by side: differences, the order of methods, and claims tested."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.reporting.columns import value_of
from hashbench.reporting.seeds import SeedAggregate
from hashbench.reporting.significance import Difference, differences
from hashbench.reproduction.paper import Claim, Paper, PaperRow
from hashbench.results.record import RunRecord

PerUser = Callable[[RunRecord], Mapping[str, NDArray[np.float32]]]
"""Gives a record's values float32[n_users] by metric."""

BySystem = Mapping[tuple[str, str], SeedAggregate]
"""Records by system and retriever, seeds together."""


@dataclass(frozen=True)
class Line:
    """A published row beside ours: figures in the order of the paper's metrics, None where one is missing."""

    row: PaperRow
    paper: Sequence[float]
    ours: Sequence[float | None]
    deviations: Sequence[float | None]

    @property
    def differences(self) -> list[float | None]:
        """Our figures less the paper's."""
        return [
            None if our_value is None else our_value - published
            for our_value, published in zip(self.ours, self.paper, strict=True)
        ]


@dataclass(frozen=True)
class ClaimResult:
    """A claim and the difference between its two systems, None if one of them was not run."""

    claim: Claim
    difference: Difference | None

    @property
    def verdict(self) -> str:
        """Say whether the claim holds here."""
        if self.difference is None:
            return "not run"
        verdict = "held" if self.difference.mean > 0 else "not held"
        return verdict if self.difference.significant else f"{verdict}, not significantly"


def side_by_side(paper: Paper, dataset: str, by_system: BySystem) -> list[Line]:
    """Put each published row of a data set beside ours."""
    lines = []
    for row in paper.rows:
        if (published := row.figures.get(dataset)) is None:
            continue
        aggregate = by_system.get(row.key)
        if aggregate is None:
            missing = [None] * len(paper.metrics)
            lines.append(Line(row, published, missing, missing))
        else:
            ours = [value_of(aggregate.record, metric) for metric in paper.metrics]
            lines.append(Line(row, published, ours, [aggregate.deviations.get(metric) for metric in paper.metrics]))
    return lines


def rank_correlation(lines: Iterable[Line], metric_index: int) -> float | None:
    """Return Kendall's τ between the paper's order of methods and ours, by one of the paper's metrics.

    None if there are fewer than two methods, or all of them are equal.
    """
    from scipy import stats

    pairs = [
        (line.paper[metric_index], our_value) for line in lines if (our_value := line.ours[metric_index]) is not None
    ]
    if len(pairs) < 2:
        return None
    tau = float(stats.kendalltau(*zip(*pairs, strict=True)).statistic)
    return None if math.isnan(tau) else tau


def check_claims(paper: Paper, by_system: BySystem, per_user: PerUser, rng: np.random.Generator) -> list[ClaimResult]:
    """Test each claim by the paper's first metric, over users and seeds, corrected together by Holm's method."""
    if not paper.claims:
        return []
    metric = paper.metrics[0]
    aggregates = [aggregate for row in paper.rows if (aggregate := by_system.get(row.key)) is not None]
    values = [{member.seed: per_user(member)[metric] for member in aggregate.members} for aggregate in aggregates]
    index_of = {row.system: aggregates.index(aggregate) for row in paper.rows if (aggregate := by_system.get(row.key))}
    pairs = {
        (claim.better, claim.worse): (index_of[claim.better], index_of[claim.worse])
        for claim in paper.claims
        if claim.better in index_of and claim.worse in index_of
    }
    compared = differences(values, list(pairs.values()), rng)
    results = []
    for claim in paper.claims:
        pair = pairs.get((claim.better, claim.worse))
        results.append(ClaimResult(claim, None if pair is None else compared.get(pair)))
    return results
