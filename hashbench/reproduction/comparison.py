"""Published figures and those of records, side by side: differences, the order of methods, and claims tested."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.report.columns import value_of
from hashbench.report.seeds import SeedAggregate
from hashbench.report.significance import Difference, differences
from hashbench.reproduction.table import Claim, Paper, PaperRow
from hashbench.results.record import RunRecord

PerUser = Callable[[RunRecord], Mapping[str, NDArray[np.float32]]]
Found = Mapping[tuple[str, str], SeedAggregate]
"""Records by system and retriever, seeds together."""


@dataclass(frozen=True)
class Line:
    """A published row and ours: figures in the order of the paper's metrics, None where there is none."""

    row: PaperRow
    paper: Sequence[float]
    ours: Sequence[float | None]
    deviations: Sequence[float | None]

    @property
    def differences(self) -> list[float | None]:
        """Ours less the paper's."""
        return [None if mine is None else mine - theirs for mine, theirs in zip(self.ours, self.paper, strict=True)]


@dataclass(frozen=True)
class Tested:
    """A claim, and the difference between the two systems; None where one of them is not there."""

    claim: Claim
    difference: Difference | None

    @property
    def verdict(self) -> str:
        """Say whether it holds here."""
        if self.difference is None:
            return "not run"
        held = "held" if self.difference.mean > 0 else "not held"
        return held if self.difference.significant else f"{held}, not significantly"


def side_by_side(paper: Paper, dataset: str, found: Found) -> list[Line]:
    """Put each published row beside ours."""
    lines = []
    for row in paper.rows:
        if (published := row.figures.get(dataset)) is None:
            continue
        aggregate_seeds = found.get(row.key)
        ours = [
            None if aggregate_seeds is None else value_of(aggregate_seeds.record, metric) for metric in paper.metrics
        ]
        spread = [
            None if aggregate_seeds is None else aggregate_seeds.deviations.get(metric) for metric in paper.metrics
        ]
        lines.append(Line(row, published, ours, spread))
    return lines


def order(lines: Iterable[Line], place: int) -> float | None:
    """Return Kendall's τ of the order of methods by the metric at that place; None where there is no order."""
    from scipy import stats

    pairs = [(line.paper[place], mine) for line in lines if (mine := line.ours[place]) is not None]
    if len(pairs) < 2:
        return None
    found = float(stats.kendalltau(*zip(*pairs, strict=True)).statistic)
    return None if math.isnan(found) else found


def tested(paper: Paper, found: Found, per_user: PerUser, rng: np.random.Generator) -> list[Tested]:
    """Test each claim by the paper's first metric, over users and seeds, corrected together by Holm's method."""
    if not paper.claims:
        return []
    metric = paper.metrics[0]
    pools = [aggregate_seeds for row in paper.rows if (aggregate_seeds := found.get(row.key)) is not None]
    values = [{one.seed: per_user(one)[metric] for one in aggregate_seeds.members} for aggregate_seeds in pools]
    at = {row.system: pools.index(aggregate_seeds) for row in paper.rows if (aggregate_seeds := found.get(row.key))}
    wanted = [(at[claim.better], at[claim.worse]) for claim in paper.claims if claim.better in at and claim.worse in at]
    compared = differences(values, wanted, rng)
    return [Tested(one, compared.get((at.get(one.better, -1), at.get(one.worse, -1)))) for one in paper.claims]
