"""From an experiment to its studies: each a model whose parameters are searched, alike for every method."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from hashbench.errors import BadParameter, HashbenchError, did_you_mean
from hashbench.grid.cells import Cell, expand
from hashbench.grid.experiment import TRAINING, Experiment, Range
from hashbench.pipeline.plan import RunPlan
from hashbench.spec import canonical, identity

TABLES = ("training", "encoder", "head", "objective")
Space = Mapping[str, Range | Sequence[Any]]


@dataclass(frozen=True, eq=False)
class Study:
    """A cell whose parameters are searched, on the first of the experiment's seeds.

    `space` maps parameters such as "training.lr" or "encoder.layers" to the values they may take.
    """

    cell: Cell
    seeds: tuple[int, ...]
    space: Space

    def __str__(self) -> str:
        return str(self.cell)

    def plan(self, values: Mapping[str, Any]) -> RunPlan:
        """Return the plan with these values of the space in place of its own; raises `BadParameter`."""
        arguments, plan = dict(self.cell.arguments), self.cell.plan
        training = dict(arguments["training"])
        for name, value in values.items():
            table, _, parameter = name.partition(".")
            if table == "training":
                training[parameter] = value
            else:
                component: Any = getattr(plan, table)
                plan = replace(plan, **{table: replace(component, **{parameter: value})})
        parts = {part: canonical(getattr(plan, part)) for part in TABLES if part != "training"}
        return RunPlan.from_specs(**arguments | parts | {"training": training})

    def named(self, data: str, provenance: Mapping[str, str], metric: str) -> str:
        """Name the study by all that its trials depend on: what is asked, the split's fingerprint, and the versions."""
        space = {name: _described(one) for name, one in self.space.items()}
        spec = {
            "model": self.cell.plan.model_spec(data),
            "space": space,
            "metric": metric,
            "provenance": dict(provenance),
        }
        return f"{self} {identity(spec)}"


def studies(experiment: Experiment, valid_k: int | None) -> tuple[list[Study], dict[str, int]]:
    """Return a study for each cell whatever its seed, and why combinations are none, with how often.

    `valid_k` replaces that of the training options. Raises `HashbenchError` where a range names no parameter, or has
    values that it cannot take.
    """
    if not any(getattr(experiment.tune, table) for table in TABLES):
        example = "[tune]\ntraining.lr = {low = 0.001, high = 0.1, log = true}\nencoder.layers = [1, 2, 3]"
        raise HashbenchError(f"there is no [tune] in the experiment: say what is to be searched, such as\n{example}")
    cells = expand(experiment)
    found: dict[RunPlan, list[Cell]] = {}
    for cell in cells.cells:
        if valid_k is not None:
            arguments = dict(cell.arguments) | {"training": dict(cell.arguments["training"]) | {"valid_k": valid_k}}
            cell = Cell(arguments, RunPlan.from_specs(**arguments))
        found.setdefault(replace(cell.plan, seed=0), []).append(cell)
    if not found:
        return [], cells.skipped
    _check_names(experiment, list(found))
    made = [
        Study(alike[0], tuple(one.plan.seed for one in alike), dict(_space(experiment, plan)))
        for plan, alike in found.items()
    ]
    for study in made:
        _check_values(study)
    return made, cells.skipped


def _space(experiment: Experiment, plan: RunPlan) -> Iterator[tuple[str, Range | Sequence[Any]]]:
    for table in TABLES:
        for parameter, values in getattr(experiment.tune, table).items():
            if parameter in _parameters(plan, table):
                yield f"{table}.{parameter}", values


def _parameters(plan: RunPlan, table: str) -> tuple[str, ...]:
    return TRAINING if table == "training" else tuple(field.name for field in fields(getattr(plan, table)))


def _check_names(experiment: Experiment, plans: Sequence[RunPlan]) -> None:
    for table in TABLES:
        known = list(dict.fromkeys(name for plan in plans for name in _parameters(plan, table)))
        for parameter in getattr(experiment.tune, table):
            if parameter not in known:
                there = f"there are {', '.join(known)}" if known else "there are none"
                text = f"tune.{table}.{parameter}: no {table} here has this parameter; {there}."
                raise BadParameter(text + did_you_mean(parameter, known))
    if experiment.tune.training.keys() & {"valid_k"}:
        raise BadParameter("tune.training.valid_k: it is what trials are judged by; give --metric hr@K")


def _check_values(study: Study) -> None:
    for name, values in study.space.items():
        for value in _samples(values):
            try:
                study.plan({name: value})
            except HashbenchError as error:
                raise BadParameter(f"tune.{name}: {error}") from None


def _samples(values: Range | Sequence[Any]) -> Sequence[Any]:
    """Return the values, or of a range the ends and, where it is not of whole numbers, one between."""
    if not isinstance(values, Range):
        return values
    whole = isinstance(values.low, int) and isinstance(values.high, int)
    return (values.low, values.high) if whole else (values.low, 0.618 * values.low + 0.382 * values.high, values.high)


def _described(values: Range | Sequence[Any]) -> Any:
    return values.model_dump() if isinstance(values, Range) else list(values)
