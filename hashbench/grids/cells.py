"""Expands an experiment into its cells: each a model with the retrievers that search it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from hashbench.errors import HashbenchError
from hashbench.grids.experiment import COMPONENTS, TRAINING, Axes, Experiment, Rule
from hashbench.pipeline.plan import RunPlan, default_retrievers, named_parts
from hashbench.protocols import Retriever
from hashbench.registry import shelves
from hashbench.spec import ComponentSpec, System, canonical

KINDS = {axis: kind for axis, kind in COMPONENTS.items() if axis in Axes.model_fields}
AXES = (*KINDS, "train_head", "seed")


@dataclass(frozen=True)
class Cell:
    """A model and its retrievers: the arguments of `RunPlan.from_specs`, and the plan they resolve to."""

    arguments: Mapping[str, Any]
    plan: RunPlan

    def __str__(self) -> str:
        plan = self.plan
        parts = [canonical(plan.dataset), canonical(plan.encoder), canonical(plan.head)]
        parts += [f"{plan.head.n_bits} bits"] if plan.head.n_bits and "bits=" not in parts[2] else []
        return f"{', '.join(parts)}, seed {plan.seed}"


@dataclass(frozen=True)
class Expansion:
    """All cells of an experiment, each once, in the order of the axes.

    `skipped` maps the reasons why combinations are left out to how many each of them left out.
    """

    cells: list[Cell]
    skipped: dict[str, int]


def expand(experiment: Experiment) -> Expansion:
    """Combine the axes; combinations that cannot run are skipped with their reason."""
    skipped: Counter[str] = Counter()
    cells: dict[RunPlan, Cell] = {}
    for rule in (None, *experiment.include):
        for arguments in _combinations(experiment, rule):
            fitting = list(_fitting_retrievers(arguments["head"], experiment, rule, skipped))
            if not fitting:
                skipped[f"no retriever fits head '{arguments['head']}'"] += 1
                continue
            arguments |= {
                "retrievers": [canonical(retriever) for retriever in fitting],
                "ks": list(experiment.search.k),
            }
            try:
                plan = RunPlan.from_specs(**arguments)
            except HashbenchError as error:
                skipped[str(error)] += 1
                continue
            retrievers = plan.retrievers if rule else _not_excluded(plan, experiment.exclude, skipped)
            if not retrievers:
                continue
            model = replace(plan, retrievers=())
            previous = cells[model].plan.retrievers if model in cells else ()
            retrievers = tuple(dict.fromkeys((*previous, *retrievers)))
            arguments["retrievers"] = [canonical(retriever) for retriever in retrievers]
            cells[model] = Cell(arguments, replace(plan, retrievers=retrievers))
    return Expansion(list(cells.values()), dict(skipped))


def _combinations(experiment: Experiment, rule: Rule | None) -> Iterator[dict[str, Any]]:
    """Yield each combination of the axes as arguments of `RunPlan.from_specs`; a system replaces some of the axes."""
    systems = rule.system if rule is not None and rule.system is not None else None
    if systems is None and (rule is None or (rule.encoder is None and rule.head is None)):
        systems = experiment.axes.system
    for system in [None] if systems is None else [shelves.find(shelves.SYSTEMS, name).value for name in systems]:
        axes = _axes(experiment, rule, system)
        options = {} if system is None else system.training
        training: dict[str, Sequence[Any]] = {name: [value] for name, value in options.items()}
        training |= _training_axes(experiment.training)
        training |= _training_axes(rule.training) if rule is not None else {}
        for values in itertools.product(*axes.values(), *training.values()):
            arguments: dict[str, Any] = dict(zip((*axes, *training), values, strict=True))
            yield arguments | {"training": {name: arguments.pop(name) for name in training}}


def _training_axes(training: Any) -> dict[str, Sequence[Any]]:
    """Return the training options that are set, each with its values."""
    return {name: values for name in TRAINING if (values := getattr(training, name, None)) is not None}


def _axes(experiment: Experiment, rule: Rule | None, system: System | None) -> dict[str, Sequence[Any]]:
    """Return the values of each axis; a system's come before the rule's, and these before the experiment's.

    Each component is one text, with one value for each of its parameters.
    """
    parts = {} if system is None else {axis: [text] for axis, text in system.parts().items()}

    def values(axis: str) -> Any:
        own = parts.get(axis, getattr(rule, axis, None))
        return getattr(experiment.axes, axis) if own is None else own

    axes: dict[str, Sequence[Any]] = {axis: values(axis) for axis in AXES}
    axes["train_head"] = axes["train_head"] or [None]
    axes["head"] = [text for head in axes["head"] for text in _with_bits(head, values("bits"))]
    for axis, kind in KINDS.items():
        components = [component for text in axes[axis] for component in shelves.create_each(kind, text)]
        axes[axis] = list(dict.fromkeys(canonical(component) for component in components))
    return axes


def _with_bits(head: str, bits: Sequence[int] | None) -> list[str]:
    """Return the head once for each number of bits, if it has that parameter and does not set it."""
    spec = ComponentSpec.parse(head)
    component: Any = shelves.find(shelves.HEADS, spec.name).value
    if not bits or "bits" in spec.parameters or "bits" not in {field.name for field in fields(component)}:
        return [head]
    return [f"{head}{',' if spec.parameters else ':'}bits={n_bits}" for n_bits in bits]


def _fitting_retrievers(
    head_text: str, experiment: Experiment, rule: Rule | None, skipped: Counter[str]
) -> Iterator[Retriever]:
    head = shelves.create_component(shelves.HEADS, head_text)
    deepest, texts = max(experiment.search.k), experiment.search.retriever
    if rule is not None and rule.retriever is not None:
        texts = rule.retriever
    for retriever in _retrievers(tuple(texts)) if texts else default_retrievers(head):
        if missing := retriever.needs - head.emits:
            if texts is not None:
                searched = named_parts(missing)
                skipped[f"retriever '{retriever.name}' searches {searched}, which head '{head.name}' lacks"] += 1
        elif retriever.max_k is not None and retriever.max_k < deepest:
            skipped[f"retriever '{canonical(retriever)}' ranks {retriever.max_k} items, and k is {deepest}"] += 1
        else:
            yield retriever


@cache
def _retrievers(texts: tuple[str, ...]) -> tuple[Retriever, ...]:
    retrievers = (retriever for text in texts for retriever in shelves.create_each(shelves.RETRIEVERS, text))
    return tuple(dict.fromkeys(retrievers))


def _not_excluded(plan: RunPlan, rules: Sequence[Rule], skipped: Counter[str]) -> tuple[Retriever, ...]:
    """Return the retrievers that no rule excludes: a rule that names retrievers excludes those, another rule all."""
    remaining = plan.retrievers
    for index, rule in enumerate(rules):
        wanted = {axis: values for axis in Rule.model_fields if (values := getattr(rule, axis)) is not None}
        excluded = wanted.pop("retriever", None)
        if not (wanted or excluded) or not all(_plan_matches(plan, axis, values) for axis, values in wanted.items()):
            continue
        others = tuple(
            retriever
            for retriever in remaining
            if excluded is not None and not _component_matches(retriever, shelves.RETRIEVERS, excluded)
        )
        if others != remaining:
            skipped[f"left out by exclude[{index}]"] += 1
            remaining = others
    return remaining


def _plan_matches(plan: RunPlan, axis: str, values: Any) -> bool:
    if axis == "training":
        return all(getattr(plan.training, name) in wanted for name, wanted in _training_axes(values).items())
    if axis == "bits":
        return plan.head.n_bits in values
    value = getattr(plan, axis)
    return _component_matches(value, KINDS[axis], values) if axis in KINDS else value in values


def _component_matches(component: Any, kind: shelves.ComponentKind[Any], texts: Sequence[str]) -> bool:
    """Return whether a text names the component, or without parameters its name."""
    return any(
        component in shelves.create_each(kind, text) if ":" in text else component.name == text for text in texts
    )
