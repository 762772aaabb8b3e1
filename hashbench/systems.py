"""Whole systems by name: an encoder, a hash head, an objective and a way of training, as a paper puts them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from hashbench.discovery import plugins
from hashbench.errors import HashbenchError, UnknownName, did_you_mean


@dataclass(frozen=True)
class System:
    """A named configuration: texts as `hashbench run` takes them, and training options other than the defaults.

    `departures` says where it was published, what is otherwise there, and what it leaves open.
    """

    name: str
    about: str
    encoder: str
    head: str
    objective: str = "bpr"
    train_head: str | None = None
    training: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    departures: str = ""

    def parts(self) -> dict[str, str]:
        """Return encoder, head and objective, and train_head where it says which."""
        found = {"encoder": self.encoder, "head": self.head, "objective": self.objective}
        return found | ({"train_head": self.train_head} if self.train_head else {})

    def options(self) -> str:
        """Return what it expands to, as options of `hashbench run`."""
        given = {**self.parts(), **self.training}
        return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in given.items())


def systems() -> dict[str, System]:
    """Return all systems by name, built-ins first; two of one name are an error."""
    found: dict[str, System] = {}
    for contribution in plugins().call("hashbench_systems"):
        given: Iterable[Any] = contribution.value
        if wrong := [one for one in given if not isinstance(one, System)]:
            plugins().reject(contribution.plugin, f"hashbench_systems gave {wrong[0]!r}, which is no System")
            continue
        for one in given:
            if found.setdefault(one.name, one) != one:
                raise HashbenchError(
                    f"Two systems are called '{one.name}': {found[one.name].options()} and {one.options()}. "
                    "Uninstall one, or set HASHBENCH_PLUGINS to the plugins you want."
                )
    return found


def find(name: str) -> System:
    """Return the system of that exact name; raises `UnknownName` with a suggestion."""
    known = systems()
    if name not in known:
        raise UnknownName(f"There is no system called '{name}'.{did_you_mean(name, known)} (hashbench list systems)")
    return known[name]
