"""Loads plugins and calls their hooks. Each plugin is guarded: a broken one is reported, and the others still work."""

from __future__ import annotations

import logging
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
from hashbench.version import __version__

ENTRY_POINT_GROUP = "hashbench"
BUILTIN_DISTRIBUTION = "hashbench"
HOOKS_WITHOUT_RESULT = frozenset({"hashbench_commands", "hashbench_run_finished"})
logger = logging.getLogger(__name__)


@dataclass
class Plugin:
    """A discovered plugin: its hooks if it is in use, or the reason for which it is left out (`failure`)."""

    name: str
    distribution: str
    version: str
    hooks: list[str] = field(default_factory=list)
    failure: str | None = None

    @property
    def is_builtin(self) -> bool:
        """Whether the plugin is hashbench itself."""
        return self.distribution == BUILTIN_DISTRIBUTION


@dataclass(frozen=True, eq=False)
class Contribution:
    """The component classes or systems that a hook of one plugin returned."""

    plugin: Plugin
    values: list[Any]


class Plugins:
    """All plugins of this process, the built-in one first."""

    def __init__(self, entry_points: Iterable[tuple[EntryPoint, Distribution]]) -> None:
        self.discovered: list[Plugin] = []
        self._manager = pluggy.PluginManager("hashbench")
        self._manager.add_hookspecs(hookspecs)
        self._load(Plugin("builtin", BUILTIN_DISTRIBUTION, __version__), lambda: builtin)
        for entry_point, distribution in entry_points:
            plugin = Plugin(entry_point.name, distribution.name, distribution.version)
            self._load(plugin, entry_point.load)

    def call(self, hook: str, **arguments: Any) -> list[Contribution]:
        """Call a hook of every plugin, built-ins first. A plugin whose hook raises an exception is dropped."""
        contributions = []
        for plugin in [plugin for plugin in self.discovered if hook in plugin.hooks and plugin.failure is None]:
            module = self._manager.get_plugin(plugin.name)
            others = [other for name, other in self._manager.list_name_plugin() if name != plugin.name]
            call_hook = self._manager.subset_hook_caller(hook, others)
            try:
                results = call_hook(**arguments)
                values = [] if hook in HOOKS_WITHOUT_RESULT else [value for result in results for value in result]
            except (Exception, SystemExit) as error:
                if plugin.is_builtin:
                    raise
                self._drop(plugin, module, f"{hook} raised {_reason(error)}")
                continue
            contributions.append(Contribution(plugin, values))
        return contributions

    @property
    def modules(self) -> list[ModuleType]:
        """The modules of the plugins in use, except the built-in one."""
        modules = (self._manager.get_plugin(plugin.name) for plugin in self.discovered if not plugin.is_builtin)
        return [module for module in modules if isinstance(module, ModuleType)]

    def reject(self, plugin: Plugin, reason: str) -> None:
        """Drop a plugin that contributed something unusable."""
        self._drop(plugin, self._manager.get_plugin(plugin.name), reason)

    def _load(self, plugin: Plugin, load: Callable[[], Any]) -> None:
        self.discovered.append(plugin)
        module = None
        try:
            module = load()
            self._manager.register(module, plugin.name)
            self._manager.check_pending()
            callers = self._manager.get_hookcallers(module) or []
            plugin.hooks = sorted(caller.name for caller in callers)
            if plugin.hooks:
                logger.debug("plugin '%s' (%s %s) is loaded", plugin.name, plugin.distribution, plugin.version)
            else:
                self._drop(plugin, module, "it implements no hook of hashbench")
        except (Exception, SystemExit) as error:
            self._drop(plugin, module, _reason(error))

    def _drop(self, plugin: Plugin, module: Any, reason: str) -> None:
        plugin.failure = reason
        logger.warning("plugin '%s' (%s %s) is left out: %s", plugin.name, plugin.distribution, plugin.version, reason)
        if module is not None and self._manager.is_registered(module):
            self._manager.unregister(module)


@cache
def plugins() -> Plugins:
    """Discover and load the plugins of this environment, once."""
    return Plugins(_entry_points())


def _entry_points() -> list[tuple[EntryPoint, Distribution]]:
    """Return the entry points in use with their distributions, sorted by name or as HASHBENCH_PLUGINS orders them."""
    discovered: dict[str, tuple[EntryPoint, Distribution]] = {}
    # Of a distribution that is installed twice, `entry_points` returns the one that Python imports.
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        distribution = entry_point.dist
        assert distribution is not None
        if entry_point.name in discovered:
            first = discovered[entry_point.name][1].name
            raise HashbenchError(
                f"Two packages have a plugin called '{entry_point.name}': {first} and {distribution.name}. "
                "Uninstall one."
            )
        discovered[entry_point.name] = entry_point, distribution
    return [discovered[name] for name in _selected(sorted(discovered))]


def _selected(names: list[str]) -> list[str]:
    """Return the names that HASHBENCH_PLUGINS selects, all if it is not set; raises `UnknownName`."""
    variable = os.environ.get("HASHBENCH_PLUGINS")
    if variable is None:
        return names
    selected = [name.strip() for name in variable.split(",") if name.strip()]
    for name in selected:
        if name not in names:
            suggestion = did_you_mean(name, names)
            raise UnknownName(f"HASHBENCH_PLUGINS names '{name}', but no installed package has it.{suggestion}")
    return selected


def _reason(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
