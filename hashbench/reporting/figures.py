"""The figures of a comparison table, by kind: title, explanation and chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hashbench.reporting import charts, points
from hashbench.reporting.columns import column_of
from hashbench.reporting.metric_names import default_metric, definition, metrics_of
from hashbench.reporting.points import HitsOf
from hashbench.reporting.sweeps import sweep
from hashbench.reporting.table import ComparisonTable

CURVES = ("loss", "AUC", "validation HR")
COSTS = {"p50_ms": "p50 of a single query, ms", "bytes_per_item": "bytes per item"}
FRONT = "Filled points are on the Pareto front: no other row is better in one value and no worse in the other."


@dataclass(frozen=True)
class Figure:
    """A chart that has no width yet, with its title and an explanation."""

    kind: str
    title: str
    about: str
    chart: Any


@dataclass(frozen=True)
class FigureOptions:
    """What figures show.

    `hits_of` gives the hits of a record. `quality` is a metric, HR at the smallest k if None. `costs` are the columns
    that it is drawn against, `curves` the training curves. `over` is the parameter of a sweep, such as "head.bits";
    without it no sweep is drawn.
    """

    hits_of: HitsOf
    quality: str | None = None
    costs: tuple[str, ...] = tuple(COSTS)
    curves: tuple[str, ...] = CURVES
    over: str | None = None


def figures(table: ComparisonTable, options: FigureOptions, kinds: tuple[str, ...] | None = None) -> Iterator[Figure]:
    """Give the figures for which a table's records have values; all kinds of a report by default."""
    quality = options.quality or default_metric(metrics_of(row.record for row in table.rows))
    if not table.rows or quality is None:
        return
    for kind in kinds or REPORT_KINDS:
        yield from KINDS[kind](table, options, quality)


def _pareto(table: ComparisonTable, options: FigureOptions, quality: str) -> Iterator[Figure]:
    for cost in options.costs:
        if data := points.trade_off(table, quality, cost):
            title = COSTS.get(cost, column_of(cost).title)
            chart = charts.trade_off(data, quality, cost, title, column_of(cost).direction)
            yield Figure("pareto", f"{quality} against {title.partition(',')[0]}", _about(FRONT, quality), chart)


def _hr_by_n(table: ComparisonTable, options: FigureOptions, quality: str) -> Iterator[Figure]:
    if data := points.hr_by_n(table, options.hits_of):
        about = "Means over users, in the order that was drawn for tied items (HashGNN, figure 3)."
        yield Figure("hr-by-n", "HR by n", _about(about, "hr@n"), charts.hr_by_n(data))


def _curves(table: ComparisonTable, options: FigureOptions, quality: str) -> Iterator[Figure]:
    data = points.epochs(table)
    for value in options.curves:
        if (chart := charts.epochs(data, value)) is not None:
            about = "By epoch of training. A dot marks the best epoch, whose weights the model has."
            yield Figure("curves", value[0].upper() + value[1:], about, chart)


def _oversampling(table: ComparisonTable, options: FigureOptions, quality: str) -> Iterator[Figure]:
    if data := sweep(table, "retriever.candidates", quality):
        about = "By the number of candidates nearest in Hamming distance that are re-ranked by their embeddings."
        chart = charts.sweep(data, "candidates", quality)
        yield Figure("oversampling", f"{quality} by candidates", _about(about, quality), chart)


def _sweep(table: ComparisonTable, options: FigureOptions, quality: str) -> Iterator[Figure]:
    if options.over is not None and (data := sweep(table, options.over, quality)):
        about = _about("The runs of a line differ in this parameter alone.", quality)
        yield Figure("sweep", f"{quality} by {options.over}", about, charts.sweep(data, options.over, quality))


def _bars(table: ComparisonTable, options: FigureOptions, quality: str) -> Iterator[Figure]:
    if data := points.qualities(table, quality):
        yield Figure("bars", quality, _about("One bar for each row.", quality), charts.bars(data, quality))


def _bits(table: ComparisonTable, options: FigureOptions, quality: str) -> Iterator[Figure]:
    if data := points.bits(table):
        about = "Share of items whose bit is 1. Grey bits are balanced; a bit in full colour is the same for all items."
        yield Figure("bits", "Balance of bits", about, charts.bits(data))


def _distances(table: ComparisonTable, options: FigureOptions, quality: str) -> Iterator[Figure]:
    if data := points.distances(table):
        about = "Distribution of the distances between users and items. The narrower it is, the more items tie."
        yield Figure("distances", "Hamming distances", about, charts.distances(data))


def _about(text: str, metric: str) -> str:
    """Return an explanation with the definition of the metric, if it needs one."""
    meaning = definition(metric)
    return text if meaning is None else f"{text} {meaning}."


KINDS: Mapping[str, Callable[[ComparisonTable, FigureOptions, str], Iterator[Figure]]] = {
    "pareto": _pareto,
    "hr-by-n": _hr_by_n,
    "curves": _curves,
    "oversampling": _oversampling,
    "bits": _bits,
    "distances": _distances,
    "sweep": _sweep,
    "bars": _bars,
}
REPORT_KINDS = tuple(kind for kind in KINDS if kind not in ("sweep", "bars"))
"""The kinds that a report has; the others are drawn on request."""
