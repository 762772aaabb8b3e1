"""From an experiment to its cells: each a model with the retrievers that search it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from hashbench.errors import HashbenchError
from hashbench.grid.experiment import COMPONENTS, Axes, Experiment, Rule
from hashbench.pipeline.plan import RunPlan, default_retrievers, named_parts
from hashbench.protocols import Retriever
from hashbench.registry import shelves
from hashbench.registry.systems import find as find_system
from hashbench.spec import ComponentSpec, System, canonical
from hashbench.training.options import TrainingOptions

KINDS = {axis: kind for axis, kind in COMPONENTS.items() if axis in Axes.model_fields}
AXES = (*KINDS, "train_head", "seed")
TRAINING = tuple(field.name for field in fields(TrainingOptions))


@dataclass(frozen=True)
class Cell:
    """A model and its retrievers: as it was asked for (the arguments of `RunPlan.from_specs`), and resolved."""

    arguments: Mapping[str, Any]
    plan: RunPlan

    def __str__(self) -> str:
        plan = self.plan
        parts = [canonical(plan.dataset), canonical(plan.encoder), canonical(plan.head)]
        parts += [f"{plan.head.n_bits} bits"] if plan.head.n_bits and "bits=" not in parts[2] else []
        return f"{', '.join(parts)}, seed {plan.seed}"


@dataclass(frozen=True)
class Cells:
    """All cells, each once, in the order of the axes; and why others are not among them, with how often."""

    cells: list[Cell]
    skipped: dict[str, int]


def expand(experiment: Experiment) -> Cells:
    """Combine the axes; what cannot be combined is skipped with its reason."""
    skipped: Counter[str] = Counter()
    cells: dict[RunPlan, Cell] = {}
    for rule in (None, *experiment.include):
        for arguments in _combined(experiment, rule):
            retrievers = list(_fitting(arguments["head"], experiment, rule, skipped))
            if not retrievers:
                skipped[f"no retriever fits head '{arguments['head']}'"] += 1
                continue
            arguments |= {"retrievers": [canonical(one) for one in retrievers], "ks": list(experiment.search.k)}
            try:
                plan = RunPlan.from_specs(**arguments)
            except HashbenchError as error:
                skipped[str(error)] += 1
                continue
            left = plan.retrievers if rule else _left(plan, experiment.exclude, skipped)
            if not left:
                continue
            model = replace(plan, retrievers=())
            previous = cells[model].plan.retrievers if model in cells else ()
            together = tuple(dict.fromkeys((*previous, *left)))
            arguments["retrievers"] = [canonical(one) for one in together]
            cells[model] = Cell(arguments, replace(plan, retrievers=together))
    return Cells(list(cells.values()), dict(skipped))


def _combined(experiment: Experiment, rule: Rule | None) -> Iterator[dict[str, Any]]:
    """Give each combination of the axes as arguments of `RunPlan.from_specs`; a system stands for some of them."""
    names = rule.system if rule is not None and rule.system is not None else None
    if names is None and (rule is None or (rule.encoder is None and rule.head is None)):
        names = experiment.axes.system
    for system in [None] if names is None else [find_system(name) for name in names]:
        axes = _axes(experiment, rule, system)
        options = {} if system is None else system.training
        training: dict[str, Sequence[Any]] = {name: [value] for name, value in options.items()}
        training |= _given(experiment.training) | (_given(rule.training) if rule is not None else {})
        for values in itertools.product(*axes.values(), *training.values()):
            arguments: dict[str, Any] = dict(zip((*axes, *training), values, strict=True))
            yield arguments | {"training": {name: arguments.pop(name) for name in training}}


def _given(training: Any) -> dict[str, Sequence[Any]]:
    return {name: value for name in TRAINING if (value := getattr(training, name, None)) is not None}


def _axes(experiment: Experiment, rule: Rule | None, system: System | None) -> dict[str, Sequence[Any]]:
    """Return each axis's values, those of `rule` or of a system in place of the experiment's.

    There is a text for each of a component's parameters.
    """
    parts = {} if system is None else {axis: [text] for axis, text in system.parts().items()}

    def values(axis: str) -> Any:
        own = parts.get(axis, getattr(rule, axis, None))
        return getattr(experiment.axes, axis) if own is None else own

    axes: dict[str, Sequence[Any]] = {axis: values(axis) for axis in AXES}
    axes["train_head"] = axes["train_head"] or [None]
    for axis, kind in KINDS.items():
        texts = (
            [one for text in axes[axis] for one in _with_bits(text, values("bits"))] if axis == "head" else axes[axis]
        )
        axes[axis] = list(dict.fromkeys(canonical(one) for text in texts for one in shelves.create_each(kind, text)))
    return axes


def _with_bits(text: str, bits: Sequence[int] | None) -> list[str]:
    spec = ComponentSpec.parse(text)
    component: Any = shelves.find(shelves.HEADS, spec.name).component
    if not bits or "bits" in spec.parameters or "bits" not in {field.name for field in fields(component)}:
        return [text]
    return [f"{text}{',' if spec.parameters else ':'}bits={n}" for n in bits]


def _fitting(head_text: str, experiment: Experiment, rule: Rule | None, skipped: Counter[str]) -> Iterator[Retriever]:
    head = shelves.create_component(shelves.HEADS, head_text)
    deepest, given = max(experiment.search.k), experiment.search.retriever
    if rule is not None and rule.retriever is not None:
        given = rule.retriever
    for retriever in _retrievers(tuple(given)) if given else default_retrievers(head):
        if missing := retriever.needs - head.emits:
            if given is not None:
                searched = named_parts(missing)
                skipped[f"retriever '{retriever.name}' searches {searched}, which head '{head.name}' lacks"] += 1
        elif retriever.max_k is not None and retriever.max_k < deepest:
            skipped[f"retriever '{canonical(retriever)}' ranks {retriever.max_k} items, and k is {deepest}"] += 1
        else:
            yield retriever


@cache
def _retrievers(texts: tuple[str, ...]) -> tuple[Retriever, ...]:
    return tuple(dict.fromkeys(one for text in texts for one in shelves.create_each(shelves.RETRIEVERS, text)))


def _left(plan: RunPlan, rules: Sequence[Rule], skipped: Counter[str]) -> tuple[Retriever, ...]:
    """Return the retrievers that no rule leaves out: one that names retrievers leaves out those, another all."""
    left = plan.retrievers
    for number, rule in enumerate(rules):
        wanted = {axis: values for axis in Rule.model_fields if (values := getattr(rule, axis)) is not None}
        named = wanted.pop("retriever", None)
        if not (wanted or named) or not all(_matches(plan, axis, values) for axis, values in wanted.items()):
            continue
        others = () if named is None else tuple(one for one in left if not _named(one, shelves.RETRIEVERS, named))
        if others != left:
            skipped[f"left out by exclude[{number}]"] += 1
            left = others
    return left


def _matches(plan: RunPlan, axis: str, values: Any) -> bool:
    if axis == "training":
        return all(getattr(plan.training, name) in wanted for name, wanted in _given(values).items())
    if axis == "bits":
        return plan.head.n_bits in values
    value = getattr(plan, axis)
    if axis not in KINDS:
        return value in values
    return _named(value, KINDS[axis], values)


def _named(component: Any, kind: shelves.Kind[Any], texts: Sequence[str]) -> bool:
    return any(
        component in shelves.create_each(kind, text) if ":" in text else component.name == text for text in texts
    )
