"""The figures of a group of records, by kind: what each is called, what it shows, and its chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hashbench.report import charts, points
from hashbench.report.columns import column, default_metric, metrics_of
from hashbench.report.compare import ComparisonTable
from hashbench.report.points import HitsOf

CURVES = ("loss", "AUC", "validation HR")
COSTS = {"p50_ms": "p50 of a single query, ms", "bytes_per_item": "bytes an item"}
PARETO = "Filled points are on the front: no other row is better in one and no worse in the other."


@dataclass(frozen=True)
class Figure:
    """A chart, not yet of any width, with its title and what there is to know of it."""

    kind: str
    title: str
    about: str
    chart: Any


@dataclass(frozen=True)
class Wanted:
    """What figures are of: the hits of a record, the quality (HR at the smallest k where None), costs, and curves.

    `over` is the parameter of a sweep, such as "head.bits"; without it none is drawn.
    """

    hits: HitsOf
    quality: str | None = None
    costs: tuple[str, ...] = tuple(COSTS)
    curves: tuple[str, ...] = CURVES
    over: str | None = None


def figures(group: ComparisonTable, wanted: Wanted, kinds: tuple[str, ...] | None = None) -> Iterator[Figure]:
    """Give the figures that a group's records have the values for."""
    quality = wanted.quality or default_metric(metrics_of(row.record for row in group.rows))
    if not group.rows or quality is None:
        return
    for kind in kinds or ON_A_PAGE:
        yield from KINDS[kind](group, wanted, quality)


def _pareto(group: ComparisonTable, wanted: Wanted, quality: str) -> Iterator[Figure]:
    for cost in wanted.costs:
        if found := points.trade_off(group, quality, cost):
            title = COSTS.get(cost, column(cost).title)
            name = title.partition(",")[0]
            chart = charts.trade_off(found, quality, cost, title, column(cost).better)
            yield Figure("pareto", f"{quality} against {name}", PARETO, chart)


def _hr_by_n(group: ComparisonTable, wanted: Wanted, quality: str) -> Iterator[Figure]:
    if found := points.hit_rates(group, wanted.hits):
        about = "Means over users, of the order that was drawn for tied items; HashGNN's figure 3."
        yield Figure("hr-by-n", "HR by n", about, charts.hit_rates(found))


def _curves(group: ComparisonTable, wanted: Wanted, quality: str) -> Iterator[Figure]:
    found = points.epochs(group)
    for value in wanted.curves:
        if (chart := charts.epochs(found, value)) is not None:
            about = "By epoch of training; a dot is the epoch whose weights were kept."
            yield Figure("curves", value[0].upper() + value[1:], about, chart)


def _oversampling(group: ComparisonTable, wanted: Wanted, quality: str) -> Iterator[Figure]:
    if found := points.sweep(group, "retriever.candidates", quality):
        about = "By how many items nearest in Hamming distance are re-ranked by their embeddings."
        yield Figure("oversampling", f"{quality} by candidates", about, charts.sweep(found, "candidates", quality))


def _sweep(group: ComparisonTable, wanted: Wanted, quality: str) -> Iterator[Figure]:
    if wanted.over is not None and (found := points.sweep(group, wanted.over, quality)):
        about = "Runs on a line differ in this parameter alone."
        chart = charts.sweep(found, wanted.over, quality)
        yield Figure("sweep", f"{quality} by {wanted.over}", about, chart)


def _bars(group: ComparisonTable, wanted: Wanted, quality: str) -> Iterator[Figure]:
    if found := points.qualities(group, quality):
        yield Figure("bars", quality, "One bar a row.", charts.bars(found, quality))


def _bits(group: ComparisonTable, wanted: Wanted, quality: str) -> Iterator[Figure]:
    if found := points.bits(group):
        about = "Share of items whose bit is 1: grey is balanced, full colour says that the bit tells nothing."
        yield Figure("bits", "Balance of bits", about, charts.bits(found))


def _distances(group: ComparisonTable, wanted: Wanted, quality: str) -> Iterator[Figure]:
    if found := points.distances(group):
        about = "How the pairs of a user and an item are spread over distances: the narrower, the more ties."
        yield Figure("distances", "Hamming distances", about, charts.distances(found))


KINDS: Mapping[str, Callable[[ComparisonTable, Wanted, str], Iterator[Figure]]] = {
    "pareto": _pareto,
    "hr-by-n": _hr_by_n,
    "curves": _curves,
    "oversampling": _oversampling,
    "bits": _bits,
    "distances": _distances,
    "sweep": _sweep,
    "bars": _bars,
}
ON_A_PAGE = tuple(kind for kind in KINDS if kind not in ("sweep", "bars"))
"""The kinds of a report; the others are drawn where they are asked for."""
