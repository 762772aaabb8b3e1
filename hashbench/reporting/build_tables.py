"""Builds comparison tables from records: one for each data set and split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hashbench.errors import HashbenchError, UnknownName, did_you_mean
from hashbench.reporting.baselines import Baselines
from hashbench.reporting.columns import DEVIATION, SORTABLE, TIES, column_of, value_of
from hashbench.reporting.divide import RecordGroup, divide_records
from hashbench.reporting.metric_names import default_metric, main_metrics, metrics_of
from hashbench.reporting.notes import table_notes
from hashbench.reporting.ranking import best_values, rank_rows
from hashbench.reporting.row_labels import LABELS, row_labels, short_ids, varies
from hashbench.reporting.seeds import SeedAggregate, aggregate_seeds, each_alone
from hashbench.reporting.table import ComparisonTable, Row
from hashbench.results.record import RunRecord

FIGURES = ("p50_ms", "batch_qps", "speed_up", "bytes_per_item", "retained", "train_seconds", "run")
"""Keys of the columns after the metrics."""


def comparison_tables(
    records: Iterable[RunRecord],
    sort: str | None = None,
    baseline: RunRecord | None = None,
    ties: bool = False,
    merge_seeds: bool = False,
) -> list[ComparisonTable]:
    """Return the tables of a comparison, sorted by a metric or a figure (default: HR at the smallest k).

    `baseline` replaces the references of speed-up and % retained in its own table. With `ties`, each metric shown is
    followed by its range over the orders of tied items. `merge_seeds` puts runs that differ in their seed alone into
    one row. Raises `HashbenchError` if the baseline failed, `UnknownName` if there is no column `sort`.
    """
    listed = list(records)
    if baseline is not None and baseline.status != "ok":
        raise HashbenchError(f"Run {baseline.run_id} failed ({baseline.error}), so it cannot be the baseline.")
    known = [*metrics_of(listed), *SORTABLE]
    if sort is not None and sort not in known:
        raise UnknownName(
            f"There is no column '{sort}' to sort by.{did_you_mean(sort, known)} Columns: {', '.join(known)}."
        )
    ids = short_ids(listed)
    tables = []
    for group in divide_records(listed):
        aggregates = aggregate_seeds(group.succeeded) if merge_seeds else each_alone(group.succeeded)
        tables.append(_table(group, aggregates, sort, baseline, ids, ties))
    return tables


def _table(
    group: RecordGroup,
    aggregates: list[SeedAggregate],
    sort: str | None,
    baseline: RunRecord | None,
    ids: Mapping[str, str],
    ties: bool,
) -> ComparisonTable:
    metrics = metrics_of(aggregate.record for aggregate in aggregates)
    sort = sort or default_metric(metrics) or "p50_ms"
    baselines = Baselines.find(aggregates, sort if sort in metrics else default_metric(metrics), baseline)
    labels = row_labels(aggregates)
    rows = []
    for aggregate in aggregates:
        own_labels = labels[aggregate.record.run_id] | {"run": ids[aggregate.record.run_id]}
        rows.append(_row(aggregate, metrics, own_labels, baselines))
    rows = rank_rows(rows, column_of(sort))
    shown_labels = [key for key in LABELS if key == "retriever" or varies(row.values[key] for row in rows)]
    columns = tuple(column_of(key) for key in (*shown_labels, *_shown_figures(metrics, sort, ties)))
    return ComparisonTable(
        title=group.title,
        notes=tuple(table_notes(rows, set(shown_labels), sort, baselines, ids)),
        columns=columns,
        rows=tuple(rows),
        failed=tuple(group.failed),
        best=best_values(rows, columns),
        sort=sort,
    )


def _row(aggregate: SeedAggregate, metrics: Sequence[str], labels: Mapping[str, Any], baselines: Baselines) -> Row:
    record = aggregate.record
    retained, own_float = baselines.retained(record)
    values: dict[str, Any] = {key: value_of(record, key) for key in (*metrics, *SORTABLE)}
    values |= labels
    values |= {metric + TIES: _tie_range(record, metric) for metric in metrics}
    values |= {metric + DEVIATION: deviation for metric, deviation in aggregate.deviations.items()}
    values |= {"speed_up": baselines.speed_up(record), "retained": retained}
    return Row(record, None, values, own_float, aggregate.members)


def _tie_range(record: RunRecord, metric: str) -> tuple[float, float] | None:
    ends = record.ties.get(metric)
    return None if ends is None else (ends.low, ends.high)


def _shown_figures(metrics: Iterable[str], sort: str, ties: bool) -> list[str]:
    """Return the keys of the columns after the labels."""
    main = main_metrics(metrics)
    extra = [sort] if sort not in (*main, *FIGURES) else []
    shown = [key for metric in main for key in (metric, metric + TIES)] if ties else main
    return [*shown, *extra, *FIGURES]
