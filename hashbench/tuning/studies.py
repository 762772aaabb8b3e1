"""The studies of an experiment: each a model whose parameters are searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from hashbench.errors import BadParameter, HashbenchError, did_you_mean
from hashbench.grids.cells import Cell, expand
from hashbench.grids.experiment import TRAINING, Experiment, Range
from hashbench.pipeline.plan import RunPlan
from hashbench.spec import canonical, identity

TABLES = ("training", "encoder", "head", "objective")
"""Tables of an experiment's [tune]."""

SearchSpace = Mapping[str, Range | Sequence[Any]]
"""Maps parameters such as "training.lr" or "encoder.layers" to the values that they may take."""


@dataclass(frozen=True, eq=False)
class Study:
    """A cell whose parameters are searched, on the first of the experiment's seeds."""

    cell: Cell
    seeds: tuple[int, ...]
    space: SearchSpace

    def __str__(self) -> str:
        return str(self.cell)

    def plan(self, values: Mapping[str, Any]) -> RunPlan:
        """Return the cell's plan with these values of the space; raises `BadParameter`."""
        arguments, plan = dict(self.cell.arguments), self.cell.plan
        training = dict(arguments["training"])
        for name, value in values.items():
            table, _, parameter = name.partition(".")
            if table == "training":
                training[parameter] = value
            else:
                component: Any = getattr(plan, table)
                plan = replace(plan, **{table: replace(component, **{parameter: value})})
        components = {
            "encoder": canonical(plan.encoder),
            "head": canonical(plan.head),
            "objective": canonical(plan.objective),
        }
        return RunPlan.from_specs(**arguments | components | {"training": training})

    def identifier(self, split_fingerprint: str, provenance: Mapping[str, str], metric: str) -> str:
        """Name the study; the name ends in a hash of all that its trials depend on.

        These are the model, the search space, the split's fingerprint, the metric, and the versions.
        """
        space = {name: _serializable(values) for name, values in self.space.items()}
        spec = {
            "model": self.cell.plan.model_spec(split_fingerprint),
            "space": space,
            "metric": metric,
            "provenance": dict(provenance),
        }
        return f"{self} {identity(spec)}"


def studies(experiment: Experiment, valid_k: int | None) -> tuple[list[Study], dict[str, int]]:
    """Return a study for each cell, cells that differ by their seed together, and what the expansion skipped.

    `valid_k` replaces that of the training options. Raises `HashbenchError` if a table of [tune] names an unknown
    parameter, or a value that the parameter cannot have.
    """
    if not any(_table(experiment, table) for table in TABLES):
        example = "[tune]\ntraining.lr = {low = 0.001, high = 0.1, log = true}\nencoder.layers = [1, 2, 3]"
        raise HashbenchError(f"the experiment has no [tune] that says what to search, such as\n{example}")
    expansion = expand(experiment)
    cells_by_model: dict[RunPlan, list[Cell]] = {}
    for cell in expansion.cells:
        if valid_k is not None:
            arguments = dict(cell.arguments) | {"training": dict(cell.arguments["training"]) | {"valid_k": valid_k}}
            cell = Cell(arguments, RunPlan.from_specs(**arguments))
        cells_by_model.setdefault(replace(cell.plan, seed=0), []).append(cell)
    if not cells_by_model:
        return [], expansion.skipped
    _check_names(experiment, list(cells_by_model))
    all_studies = [
        Study(cells[0], tuple(cell.plan.seed for cell in cells), dict(_space(experiment, plan)))
        for plan, cells in cells_by_model.items()
    ]
    for study in all_studies:
        _check_values(study)
    return all_studies, expansion.skipped


def _table(experiment: Experiment, table: str) -> SearchSpace:
    space: SearchSpace = getattr(experiment.tune, table)
    return space


def _space(experiment: Experiment, plan: RunPlan) -> Iterator[tuple[str, Range | Sequence[Any]]]:
    """Yield the parameters that the plan's components have, with their values."""
    for table in TABLES:
        for parameter, values in _table(experiment, table).items():
            if parameter in _parameters(plan, table):
                yield f"{table}.{parameter}", values


def _parameters(plan: RunPlan, table: str) -> tuple[str, ...]:
    return TRAINING if table == "training" else tuple(field.name for field in fields(getattr(plan, table)))


def _check_names(experiment: Experiment, plans: Sequence[RunPlan]) -> None:
    for table in TABLES:
        known = list(dict.fromkeys(name for plan in plans for name in _parameters(plan, table)))
        for parameter in _table(experiment, table):
            if parameter not in known:
                hint = f"there are {', '.join(known)}" if known else "there are none"
                text = f"tune.{table}.{parameter}: no {table} here has this parameter; {hint}."
                raise BadParameter(text + did_you_mean(parameter, known))
    if "valid_k" in experiment.tune.training:
        raise BadParameter("tune.training.valid_k: trials are judged by it; give --metric hr@K instead")


def _check_values(study: Study) -> None:
    for name, values in study.space.items():
        for value in _probe_values(values):
            try:
                study.plan({name: value})
            except HashbenchError as error:
                raise BadParameter(f"tune.{name}: {error}") from None


def _probe_values(values: Range | Sequence[Any]) -> Sequence[Any]:
    """Return the choices; for a range its ends and, unless they are whole numbers, one value between them."""
    if not isinstance(values, Range):
        return values
    if isinstance(values.low, int) and isinstance(values.high, int):
        return values.low, values.high
    return values.low, 0.618 * values.low + 0.382 * values.high, values.high


def _serializable(values: Range | Sequence[Any]) -> Any:
    return values.model_dump() if isinstance(values, Range) else list(values)
