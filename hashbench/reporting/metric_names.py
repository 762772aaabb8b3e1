"""Names of metrics such as "hr@50": their order, which of them are shown, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hashbench.results.record import RunRecord

METRIC = re.compile(r"(?P<name>.+)@(?P<k>\d+)")
MAIN = ("hr", "ndcg", "exact_recall")
"""The metrics that a comparison shows where records have them."""

DEFINITIONS = {
    "hr": ("HR", "hits / test items (recall)"),
    "hit_rate": ("hit_rate", "share of users with at least one hit"),
}
"""Label and definition of metrics whose name is used in more than one way."""


def metrics_of(records: Iterable[RunRecord]) -> list[str]:
    """Return the names of the records' metrics: in recorded order, each metric's k rising."""
    return _in_order(name for record in records for name in record.metrics)


def metrics_in(names: Iterable[str]) -> list[str]:
    """Return those of `names` that are metrics at a k, in the order of `metrics_of`."""
    return _in_order(name for name in names if METRIC.fullmatch(name))


def main_metrics(names: Iterable[str]) -> list[str]:
    """Return the names of the `MAIN` metrics at each k, or all names if there are none."""
    listed = list(names)
    main = [name for wanted in MAIN for name in listed if base_name(name) == wanted]
    return main or listed


def default_metric(names: Iterable[str]) -> str | None:
    """Return hr at the smallest k, or else the first metric at its smallest k."""
    return next(iter(main_metrics(names)), None)


def base_name(metric: str) -> str:
    """Return a metric's name without its k: "hr" for "hr@50"."""
    return metric.partition("@")[0]


def cutoff(metric: str) -> int:
    """Return a metric's k: 50 for "hr@50"; 0 if it has none."""
    match = METRIC.fullmatch(metric)
    return int(match["k"]) if match else 0


def definition(metric: str) -> str | None:
    """Return what a metric is, such as "HR@50 = hits / test items (recall)"; None where the name says it."""
    if base_name(metric) not in DEFINITIONS:
        return None
    label, formula = DEFINITIONS[base_name(metric)]
    return f"{label}{metric.removeprefix(base_name(metric))} = {formula}"


def definitions(metrics: Iterable[str]) -> list[str]:
    """Return one sentence for each metric that has a definition; its other k are named in the same sentence."""
    by_name: dict[str, list[str]] = {}
    for metric in metrics:
        if METRIC.fullmatch(metric) and definition(metric) is not None:
            by_name.setdefault(base_name(metric), []).append(metric)
    sentences = []
    for same_name in by_name.values():
        first, *others = sorted(same_name, key=cutoff)
        likewise = f"; likewise at {', '.join(str(cutoff(metric)) for metric in others)}" if others else ""
        sentences.append(f"{definition(first)}{likewise}.")
    return sentences


def axis_title(metric: str) -> str:
    """Return a metric's definition for the axis of a figure, or its name where it needs none."""
    return definition(metric) or metric


def _in_order(metrics: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(metrics))
    first = {base_name(name): position for position, name in reversed(list(enumerate(names)))}
    return sorted(names, key=lambda name: (first[base_name(name)], cutoff(name)))
