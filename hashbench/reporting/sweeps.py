"""Sweeps: lines of runs that differ in a single numeric parameter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hashbench.reporting.method_names import MethodNames, Point
from hashbench.reporting.table import ComparisonTable, Row
from hashbench.results.record import RunRecord
from hashbench.spec import ComponentSpec, identity

COMPONENTS = ("dataset", "split", "encoder", "head", "objective", "retriever")
"""The parts of a run that are components, which a record names with their parameters."""

WITH_PARAMETERS = (*COMPONENTS, "training")

ParameterNames = dict[tuple[str, str], set[str]]
"""Names of parameters by part and component."""


def sweep(table: ComparisonTable, over: str, quality: str) -> list[Point]:
    """Return quality and time by a numeric parameter, such as "head.bits" or "retriever.candidates".

    The rows of a line differ in that parameter alone; a line has at least two.
    """
    part, _, parameter = over.partition(".")
    common = _common_parameters(table)
    lines: dict[str, dict[float, Row]] = {}
    for row in table.rows:
        value, rest = _without(row.record, part, parameter, common)
        if value is not None and row.values.get(quality) is not None:
            lines.setdefault(rest, {})[value] = row
    sweeps = [line for line in lines.values() if len(line) > 1]
    first_rows = tuple(_unnamed(line[min(line)], part, parameter) for line in sweeps)
    names = MethodNames.of(replace(table, rows=first_rows))
    return [
        names.point(line[min(line)])
        | {"run": str(row.values["run"]), "value": value, "quality": row.values[quality]}
        | {"p50_ms": row.values.get("p50_ms")}
        for line in sweeps
        for value, row in sorted(line.items())
    ]


def _without(record: RunRecord, part: str, parameter: str, common: ParameterNames) -> tuple[float | None, str]:
    """Return a parameter's value, None unless it is a number, and an id of the run without it, seed, data and k.

    The id covers what the run was asked for and the values of the `common` parameters, since a default may have changed
    between records.
    """
    value = _parameters(record, part).get(parameter)
    rest = {name: text for name, text in record.spec.items() if name not in ("seed", "data", "k")}
    if part in rest:
        component = ComponentSpec.parse(rest[part])
        rest[part] = [component.name, {name: text for name, text in component.parameters.items() if name != parameter}]
    values = [
        (other, name, _parameters(record, other)[name])
        for other in WITH_PARAMETERS
        for name in sorted(common[other, _component(record, other)])
        if (other, name) != (part, parameter)
    ]
    without = identity({**rest, "train_head": record.train_head, "values": values})
    return (value if isinstance(value, int | float) and not isinstance(value, bool) else None), without


def _common_parameters(table: ComparisonTable) -> ParameterNames:
    """Return the parameters that all records of a component have; others were added after some were written."""
    common: ParameterNames = {}
    for row in table.rows:
        for part in WITH_PARAMETERS:
            names = set(_parameters(row.record, part))
            key = part, _component(row.record, part)
            common[key] = common.get(key, names) & names
    return common


def _component(record: RunRecord, part: str) -> str:
    return str(record.resolved.get(part, {}).get("name", ""))


def _parameters(record: RunRecord, part: str) -> dict[str, Any]:
    resolved = record.resolved.get(part, {})
    parameters: dict[str, Any] = resolved.get("parameters", {}) if part in COMPONENTS else resolved
    return parameters


def _unnamed(row: Row, part: str, parameter: str) -> Row:
    """Return the row without that parameter in its labels."""
    if part not in COMPONENTS:
        return replace(row, values={**row.values, "options": None})
    changed = {part: row.record.resolved[part]["name"]} | ({"n_bits": None} if parameter == "bits" else {})
    return replace(row, values={**row.values, **changed})
