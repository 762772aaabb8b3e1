"""The data of figures: flat rows, made from the rows of a comparison table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from hashbench.reporting.columns import column_of
from hashbench.reporting.method_names import MethodNames, Point
from hashbench.reporting.table import ComparisonTable
from hashbench.results.per_user import Hits
from hashbench.results.record import CodeSummary, EpochSummary, RunRecord

HitsOf = Callable[[RunRecord], Hits | None]
"""Gives a record's hits, None if they are missing."""

MAX_POINTS = 60
"""Most points of a line by n."""


def trade_off(table: ComparisonTable, quality: str, cost: str) -> list[Point]:
    """Return each row's quality and cost, and whether it is on the Pareto front.

    On the front, no other row is better in one of them and no worse in the other.
    """
    names = MethodNames.of(table)
    quality_direction, cost_direction = column_of(quality).direction, column_of(cost).direction
    rows = [row for row in table.rows if row.values.get(quality) is not None and row.values.get(cost) is not None]
    scores = [(quality_direction * row.values[quality], cost_direction * row.values[cost]) for row in rows]
    points = []
    for row, score in zip(rows, scores, strict=True):
        dominated = any(other[0] >= score[0] and other[1] >= score[1] and other != score for other in scores)
        values = {"front": not dominated, "quality": row.values[quality], "cost": row.values[cost]}
        texts = {key: column_of(key).text(row.values[key]) for key in (quality, cost)}
        points.append(names.point(row) | values | texts)
    return points


def hr_by_n(table: ComparisonTable, hits_of: HitsOf) -> list[Point]:
    """Return HR at each n up to the length of the rankings (HashGNN, figure 3), means over users and seeds.

    HR is hits / test items (recall), in the order that was drawn for tied items. Rows without hits are left out.
    """
    names, points = MethodNames.of(table), []
    for row in table.rows:
        hits = [hits_of(member) for member in row.members]
        by_seed = [_hr_at_each_n(of_seed) for of_seed in hits if of_seed is not None]
        if len(by_seed) < len(hits):
            continue
        length = min(len(of_seed) for of_seed in by_seed)
        for n in _spaced(length):
            hr = sum(of_seed[n - 1] for of_seed in by_seed) / len(by_seed)
            points.append(names.point(row) | {"n": n, "hr": hr})
    return points


def epochs(table: ComparisonTable) -> list[Point]:
    """Return the points of the training curves, one curve for each model and stage."""
    names, points, drawn_models = MethodNames.of(table), [], set()
    for row in table.rows:
        for member in row.members:
            if member.model_id in drawn_models:
                continue
            drawn_models.add(member.model_id)
            for stage in member.training:
                curve = {"method": names.point(row)["method"], "seed": member.seed, "stage": stage.stage}
                points += [curve | {"best": epoch.epoch == stage.best_epoch} | _epoch(epoch) for epoch in stage.history]
    return points


def qualities(table: ComparisonTable, quality: str) -> list[Point]:
    """Return each row's quality."""
    names = MethodNames.of(table)
    rows = [row for row in table.rows if row.values.get(quality) is not None]
    return [names.point(row) | {"quality": row.values[quality]} for row in rows]


def bits(table: ComparisonTable) -> list[Point]:
    """Return the share of ones and the entropy of each bit of each method's items, for the first seed."""
    return [
        {"method": method, "bit": bit, "ones": ones, "entropy": entropy}
        for method, codes in _codes(table)
        for bit, (ones, entropy) in enumerate(zip(codes.items.ones, codes.items.entropy, strict=True))
    ]


def distances(table: ComparisonTable) -> list[Point]:
    """Return each method's distribution of Hamming distances from users to items, as shares, for the first seed."""
    return [
        {"method": method, "distance": distance, "share": n / sum(codes.distances)}
        for method, codes in _codes(table)
        if codes.distances is not None
        for distance, n in enumerate(codes.distances)
    ]


def _codes(table: ComparisonTable) -> Iterator[tuple[str, CodeSummary]]:
    names, drawn_models = MethodNames.of(table), set()
    for row in table.rows:
        if row.record.codes is not None and row.record.model_id not in drawn_models:
            drawn_models.add(row.record.model_id)
            yield names.point(row)["method"], row.record.codes


def _epoch(epoch: EpochSummary) -> Point:
    return {"epoch": epoch.epoch, "loss": epoch.loss, "validation HR": epoch.valid_hr, "AUC": epoch.auc}


def _hr_at_each_n(hits: Hits) -> list[float]:
    evaluated = hits.n_relevant > 0
    per_user = hits.is_hit[evaluated].cumsum(axis=1) / hits.n_relevant[evaluated, None]
    return [float(mean) for mean in per_user.mean(axis=0)]


def _spaced(length: int) -> Iterable[int]:
    """Return evenly spaced ranks up to `length`, at most `MAX_POINTS`, and also 1 and `length`."""
    step = max(1, -(-length // MAX_POINTS))
    return sorted({1, *range(step, length + 1, step), length})
