"""Look-up by kind and name: one shelf per kind holds the components, and one the systems, that plugins contribute.

Names are exact. Two things of one kind and name are an error. An unknown name is answered with one suggestion.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from hashbench import protocols
from hashbench.errors import HashbenchError, UnknownName, did_you_mean
from hashbench.registry.plugins import Plugin, plugins
from hashbench.spec import ComponentSpec, System, create, expand_lists, parameters_of

C = TypeVar("C")
T = TypeVar("T")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """A kind of thing that plugins contribute: its names in the singular and plural, and the hook that returns it."""

    title: str
    plural: str
    hook: str

    def __str__(self) -> str:
        return self.title

    def defect(self, contribution: Any) -> str | None:
        """Return why a contribution cannot be used, such as "3, which is not a dataclass", or None."""
        raise NotImplementedError

    def describe(self, contribution: T) -> str:
        """Return the words by which an error message tells two contributions of one name apart."""
        raise NotImplementedError


@dataclass(frozen=True)
class ComponentKind(Kind[type[C]]):
    """A kind of component: plugins contribute frozen dataclasses that have certain members."""

    members: tuple[str, ...]
    """Attributes that a class of this kind must have; "build|fit" means one of the two."""
    takes_parameters: bool = True

    def defect(self, contribution: Any) -> str | None:
        """Check that it is a frozen dataclass with a name, the members and readable annotations."""
        if not (isinstance(contribution, type) and dataclasses.is_dataclass(contribution)):
            return f"{contribution!r}, which is not a dataclass"
        path = _path(contribution)
        if not contribution.__dataclass_params__.frozen:  # type: ignore[attr-defined]
            return f"{path}, which is not frozen: @dataclass(frozen=True)"
        if not isinstance(getattr(contribution, "name", None), str):
            return f"{path}, which has no name"
        for member in self.members:
            if not any(hasattr(contribution, name) for name in member.split("|")):
                return f"{path}, which has no {member.replace('|', ' or ')}"
        if not self.takes_parameters and dataclasses.fields(contribution):
            return f"{path}, which has parameters, but a {self.title} may have none"
        try:
            parameters_of(contribution)
        except Exception as error:
            return f"{path}, whose annotations cannot be read: {error}"
        return None

    def describe(self, contribution: type[C]) -> str:
        """Return module and name of the class."""
        return _path(contribution)


@dataclass(frozen=True)
class SystemKind(Kind[System]):
    """The kind of systems: plugins contribute objects of the class `System`."""

    def defect(self, contribution: Any) -> str | None:
        """Check the class."""
        return None if isinstance(contribution, System) else f"{contribution!r}, which is not a System"

    def describe(self, contribution: System) -> str:
        """Return the options that the system stands for."""
        return contribution.options()


DATASETS: ComponentKind[protocols.Dataset] = ComponentKind("data set", "datasets", "hashbench_datasets", ("load",))
SPLITS: ComponentKind[protocols.Splitter] = ComponentKind("split", "splits", "hashbench_splits", ("split",))
ENCODERS: ComponentKind[protocols.Encoder] = ComponentKind("encoder", "encoders", "hashbench_encoders", ("build|fit",))
HEADS: ComponentKind[protocols.HashHead] = ComponentKind(
    "hash head", "heads", "hashbench_hash_heads", ("emits", "n_bits", "retriever", "build|fit")
)
OBJECTIVES: ComponentKind[protocols.Objective] = ComponentKind(
    "objective", "objectives", "hashbench_objectives", ("n_negatives", "shares_negatives", "cosine", "power", "loss")
)
RETRIEVERS: ComponentKind[protocols.Retriever] = ComponentKind(
    "retriever", "retrievers", "hashbench_retrievers", ("needs", "max_k", "shardable", "build")
)
METRICS: ComponentKind[protocols.Metric] = ComponentKind(
    "metric", "metrics", "hashbench_metrics", ("label", "higher_is_better", "per_user"), takes_parameters=False
)
SYSTEMS = SystemKind("system", "systems", "hashbench_systems")
COMPONENT_KINDS: tuple[ComponentKind[Any], ...] = (DATASETS, SPLITS, ENCODERS, HEADS, OBJECTIVES, RETRIEVERS, METRICS)
KINDS: tuple[Kind[Any], ...] = (*COMPONENT_KINDS, SYSTEMS)


@dataclass(frozen=True, eq=False)
class Entry(Generic[T]):
    """A component class or a system, and the plugin that contributed it."""

    value: T
    plugin: Plugin


def create_component(kind: ComponentKind[C], text: str) -> C:
    """Build a component from text such as "guided_ste:bits=64"."""
    spec = ComponentSpec.parse(text)
    return create(find(kind, spec.name).value, spec, kind.title)


def create_each(kind: ComponentKind[C], text: str) -> list[C]:
    """Build one component for each number of a list, as in "hierarchical:candidates=100,200"."""
    spec = ComponentSpec.parse(text)
    component = find(kind, spec.name).value
    return [create(component, single, kind.title) for single in expand_lists(component, spec)]


def find(kind: Kind[T], name: str) -> Entry[T]:
    """Return the entry of that exact name; raises `UnknownName` with a suggestion."""
    entries = shelf(kind)
    if name not in entries:
        failed = [plugin.name for plugin in plugins().discovered if plugin.failure]
        left_out = f" Plugins left out: {', '.join(failed)} (hashbench plugins)." if failed else ""
        raise UnknownName(
            f"There is no {kind.title} called '{name}'.{did_you_mean(name, entries)}{left_out} "
            f"(hashbench list {kind.plural})"
        )
    return entries[name]


@cache
def shelf(kind: Kind[T]) -> dict[str, Entry[T]]:
    """Return all entries of a kind by name, built-ins first; two different ones of one name are a `HashbenchError`."""
    entries: dict[str, Entry[T]] = {}
    for contribution in plugins().call(kind.hook):
        defects = filter(None, (kind.defect(value) for value in contribution.values))
        if defect := next(defects, None):
            plugins().reject(contribution.plugin, f"{kind.hook} gave {defect}")
            continue
        for value in contribution.values:
            first = entries.setdefault(value.name, Entry(value, contribution.plugin)).value
            if first != value:
                raise HashbenchError(
                    f"Two {kind.title}s are called '{value.name}': {kind.describe(first)} and {kind.describe(value)}. "
                    "Uninstall one, or set HASHBENCH_PLUGINS to the plugins you want."
                )
    return entries


def kind_called(name: str, others: Iterable[str] = ()) -> Kind[Any]:
    """Return the kind with that plural ("heads") or singular ("head") name.

    Raises `UnknownName`, whose message lists all kinds and the `others` that the caller knows.
    """
    names = {alias: kind for kind in KINDS for alias in (kind.plural, kind.plural.removesuffix("s"), kind.title)}
    if name not in names:
        plurals = [*(kind.plural for kind in KINDS), *others]
        suggestion = did_you_mean(name, [*names, *others])
        raise UnknownName(f"There is no kind called '{name}'.{suggestion} Kinds: {', '.join(plurals)}.")
    return names[name]


def _path(component: type[Any]) -> str:
    return f"{component.__module__}.{component.__qualname__}"
