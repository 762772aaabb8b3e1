"""Whole systems by name: an encoder, a hash head, an objective and a way of training, as a paper puts them together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hashbench.errors import HashbenchError, UnknownName, did_you_mean
from hashbench.registry.plugins import plugins
from hashbench.spec import System


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
