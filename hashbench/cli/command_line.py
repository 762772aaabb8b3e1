"""The group of all commands: the built-in ones, and those that plugins add."""

from __future__ import annotations

import click

from hashbench.errors import HashbenchError
from hashbench.registry.plugins import plugins


class CommandLine(click.Group):
    """A group that loads the commands of plugins when a command is first looked up.

    Global options are read before that, so that `--verbose` shows how plugins are loaded.
    """

    _plugins_loaded = False

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        self._load_plugins()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        self._load_plugins()
        return super().list_commands(ctx)

    def _load_plugins(self) -> None:
        """Add the commands of plugins, once; raises `HashbenchError` if one replaces a built-in command."""
        if self._plugins_loaded:
            return
        builtin = dict(self.commands)
        plugins().call("hashbench_commands", cli=self)
        for name, command in builtin.items():
            if (replacement := self.commands.get(name)) is not command:
                plugin = getattr(getattr(replacement, "callback", None), "__module__", "a plugin")
                raise HashbenchError(
                    f"Plugin {plugin} replaces the command '{name}'. "
                    "Uninstall it, or set HASHBENCH_PLUGINS to the plugins you want."
                )
        self._plugins_loaded = True
