"""One shelf a kind: exact names, fatal clashes, one suggestion for an unknown name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from hashbench import protocols
from hashbench.errors import HashbenchError, UnknownName, did_you_mean
from hashbench.registry.plugins import Plugin, plugins
from hashbench.spec import ComponentSpec, create, each, parameters_of

C = TypeVar("C")


@dataclass(frozen=True)
class Kind(Generic[C]):
    """A kind of component: what it is called in the singular and plural, and the hook that brings it."""

    title: str
    plural: str
    hook: str
    members: tuple[str, ...]
    """What a class of this kind must have; "build|fit" means one of the two."""
    takes_parameters: bool = True

    def __str__(self) -> str:
        return self.title


DATASETS: Kind[protocols.Dataset] = Kind("data set", "datasets", "hashbench_datasets", ("load",))
SPLITS: Kind[protocols.Splitter] = Kind("split", "splits", "hashbench_splits", ("split",))
ENCODERS: Kind[protocols.Encoder] = Kind("encoder", "encoders", "hashbench_encoders", ("build|fit",))
HEADS: Kind[protocols.HashHead] = Kind(
    "hash head", "heads", "hashbench_hash_heads", ("emits", "n_bits", "retriever", "build|fit")
)
OBJECTIVES: Kind[protocols.Objective] = Kind(
    "objective", "objectives", "hashbench_objectives", ("n_negatives", "shares_negatives", "cosine", "power", "loss")
)
RETRIEVERS: Kind[protocols.Retriever] = Kind(
    "retriever", "retrievers", "hashbench_retrievers", ("needs", "max_k", "shardable", "build")
)
METRICS: Kind[protocols.Metric] = Kind(
    "metric", "metrics", "hashbench_metrics", ("label", "higher_is_better", "per_user"), takes_parameters=False
)
KINDS: tuple[Kind[Any], ...] = (DATASETS, SPLITS, ENCODERS, HEADS, OBJECTIVES, RETRIEVERS, METRICS)


@dataclass(frozen=True, eq=False)
class Entry(Generic[C]):
    """A component on its shelf, and the plugin it came with."""

    component: type[C]
    plugin: Plugin


def create_component(kind: Kind[C], text: str) -> C:
    """Build a component from text such as "guided_ste:bits=64"."""
    spec = ComponentSpec.parse(text)
    return create(find(kind, spec.name).component, spec, kind.title)


def create_each(kind: Kind[C], text: str) -> list[C]:
    """Build a component for each number of a list, as in "hierarchical:candidates=100,200"; without one, one."""
    spec = ComponentSpec.parse(text)
    component = find(kind, spec.name).component
    return [create(component, one, kind.title) for one in each(component, spec)]


def find(kind: Kind[C], name: str) -> Entry[C]:
    """Return the component of that exact name; raises `UnknownName` with a suggestion."""
    entries = shelf(kind)
    if name not in entries:
        close = did_you_mean(name, entries)
        broken = [plugin.name for plugin in plugins().found if plugin.failure]
        left_out = f" Plugins left out: {', '.join(broken)} (hashbench plugins)." if broken else ""
        raise UnknownName(f"There is no {kind.title} called '{name}'.{close}{left_out} (hashbench list {kind.plural})")
    return entries[name]


@cache
def shelf(kind: Kind[C]) -> dict[str, Entry[C]]:
    """Return all components of a kind by name, built-ins first; two of one name are an error."""
    entries: dict[str, Entry[C]] = {}
    for contribution in plugins().call(kind.hook):
        problems = filter(None, (_unusable(component, kind) for component in contribution.value))
        if problem := next(problems, None):
            plugins().reject(contribution.plugin, f"{kind.hook} gave {problem}")
            continue
        for component in contribution.value:
            name = component.name
            if name in entries and entries[name].component is not component:
                first, second = (_path(one) for one in (entries[name].component, component))
                raise HashbenchError(
                    f"Two {kind.title}s are called '{name}': {first} and {second}. "
                    "Uninstall one, or set HASHBENCH_PLUGINS to the plugins you want."
                )
            entries[name] = Entry(component, contribution.plugin)
    return entries


def kind_called(name: str, beside: Iterable[str] = ()) -> Kind[Any]:
    """Return the kind of that plural (heads) or singular (head) name; an error names those `beside` it too."""
    names = {alias: kind for kind in KINDS for alias in (kind.plural, kind.plural.removesuffix("s"), kind.title)}
    if name not in names:
        plurals = [*(kind.plural for kind in KINDS), *beside]
        close = did_you_mean(name, [*names, *beside])
        raise UnknownName(f"There is no kind called '{name}'.{close} Kinds: {', '.join(plurals)}.")
    return names[name]


def _unusable(component: Any, kind: Kind[Any]) -> str | None:
    if not (isinstance(component, type) and dataclasses.is_dataclass(component)):
        return f"{component!r}, which is no dataclass"
    path = _path(component)
    if not component.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return f"{path}, which is not frozen: @dataclass(frozen=True)"
    if not isinstance(getattr(component, "name", None), str):
        return f"{path}, which has no name"
    for member in kind.members:
        if not any(hasattr(component, one) for one in member.split("|")):
            return f"{path}, which has no {member.replace('|', ' or ')}"
    if not kind.takes_parameters and dataclasses.fields(component):
        return f"{path}, which has parameters, as no {kind.title} may"
    try:
        parameters_of(component)
    except Exception as error:
        return f"{path}, whose annotations cannot be read: {error}"
    return None


def _path(component: type[Any]) -> str:
    return f"{component.__module__}.{component.__qualname__}"
