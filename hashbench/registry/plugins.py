"""Loads plugins: each under a guard of its own, so that a broken one is reported and harms nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import Distribution, EntryPoint, entry_points
from types import ModuleType
from typing import Any

import pluggy

from hashbench.errors import HashbenchError, UnknownName, did_you_mean
from hashbench.registry import builtin, hookspecs

PROJECT = "hashbench"


@dataclass
class Plugin:
    """A plugin as it was found: loaded, or left out with its reason."""

    name: str
    distribution: str
    version: str
    hooks: list[str] = field(default_factory=list)
    failure: str | None = None


@dataclass(frozen=True, eq=False)
class Contribution:
    """What one plugin's hook returned."""

    plugin: Plugin
    value: Any


class Plugins:
    """All plugins of this process, the built-in one first."""

    def __init__(self, entry_points: Iterable[tuple[EntryPoint, Distribution]]) -> None:
        self.found: list[Plugin] = []
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._builtin = Plugin("builtin", PROJECT, version())
        self._add(self._builtin, lambda: builtin)
        for entry_point, distribution in entry_points:
            plugin = Plugin(entry_point.name, distribution.name, distribution.version)
            self._add(plugin, entry_point.load)

    def call(self, hook: str, **arguments: Any) -> list[Contribution]:
        """Call a hook of every plugin, built-ins first; a plugin whose hook raises is dropped with its reason."""
        contributions = []
        for plugin in [plugin for plugin in self.found if hook in plugin.hooks and plugin.failure is None]:
            module = self._manager.get_plugin(plugin.name)
            others = [one for name, one in self._manager.list_name_plugin() if name != plugin.name]
            caller = self._manager.subset_hook_caller(hook, others)
            try:
                results = caller(**arguments)
                values = [list(one) if hook != "hashbench_commands" and one is not None else one for one in results]
            except (Exception, SystemExit) as error:
                if plugin is self._builtin:
                    raise
                self._drop(plugin, module, f"{hook} raised {_reason(error)}")
                continue
            contributions += [Contribution(plugin, value) for value in values]
        return contributions

    @property
    def modules(self) -> list[ModuleType]:
        """The modules of the other packages' plugins that are in use."""
        modules = (self._manager.get_plugin(plugin.name) for plugin in self.found if plugin is not self._builtin)
        return [module for module in modules if isinstance(module, ModuleType)]

    def reject(self, plugin: Plugin, reason: str) -> None:
        """Drop a plugin that contributed something unusable."""
        self._drop(plugin, self._manager.get_plugin(plugin.name), reason)

    def _add(self, plugin: Plugin, load: Callable[[], Any]) -> None:
        self.found.append(plugin)
        module = None
        try:
            module = load()
            self._manager.register(module, plugin.name)
            self._manager.check_pending()
            callers = self._manager.get_hookcallers(module) or []
            plugin.hooks = sorted(caller.name for caller in callers)
            if not plugin.hooks:
                plugin.failure = "it implements no hook of hashbench"
        except (Exception, SystemExit) as error:
            self._drop(plugin, module, _reason(error))

    def _drop(self, plugin: Plugin, module: Any, reason: str) -> None:
        plugin.failure = reason
        if module is not None and self._manager.is_registered(module):
            self._manager.unregister(module)


def version() -> str:
    """Return hashbench's version."""
    from hashbench.version import __version__

    return __version__


@cache
def plugins() -> Plugins:
    """Find and load the plugins of this environment, once."""
    return Plugins(_entry_points())


def _entry_points() -> list[tuple[EntryPoint, Distribution]]:
    found: dict[str, tuple[EntryPoint, Distribution]] = {}
    for entry_point in entry_points(group=PROJECT):  # of a distribution that is there twice, the one Python imports
        distribution = entry_point.dist
        assert distribution is not None
        if entry_point.name in found:
            first = found[entry_point.name][1].name
            raise HashbenchError(
                f"Two packages have a plugin called '{entry_point.name}': {first} and {distribution.name}. "
                "Uninstall one."
            )
        found[entry_point.name] = entry_point, distribution
    return [found[name] for name in _wanted(sorted(found))]


def _wanted(names: list[str]) -> list[str]:
    variable = os.environ.get("HASHBENCH_PLUGINS")
    if variable is None:
        return names
    wanted = [name.strip() for name in variable.split(",") if name.strip()]
    for name in wanted:
        if name not in names:
            close = did_you_mean(name, names)
            raise UnknownName(f"HASHBENCH_PLUGINS names '{name}', which no installed package has.{close}")
    return wanted


def _reason(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
