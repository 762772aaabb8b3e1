"""A list of records that a notebook shows as tables."""

from __future__ import annotations

from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.metric_names import default_metric, metrics_of
from hashbench.reporting.number_format import four_decimals
from hashbench.reporting.row_labels import short_name
from hashbench.results.record import RunRecord


class RecordList(list[RunRecord]):
    """A list of records with a short `repr`, and tables as HTML in a notebook, one row for each record."""

    def __repr__(self) -> str:
        return "[" + ",\n ".join(map(_summary, self)) + "]"

    def _repr_html_(self) -> str:
        return "\n".join(table._repr_html_() for table in comparison_tables(self))


def _summary(record: RunRecord) -> str:
    """Return a record's parts and its main metric in a line."""
    metric = default_metric(metrics_of([record]))
    result = record.status if metric is None else f"{metric} {four_decimals(record.metrics[metric])}"
    return f"<{record.run_id[:8]} {short_name(record)}: {result}>"
