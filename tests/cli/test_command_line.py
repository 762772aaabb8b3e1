"""The group of commands: those of plugins are loaded when a command is looked up."""

import click
import pytest

from hashbench.cli import command_line
from hashbench.cli.command_line import CommandLine
from hashbench.errors import HashbenchError


class FakePlugins:
    """Plugins with one hook: it adds a command."""

    def __init__(self, name):
        self.name, self.calls = name, 0

    def call(self, hook, cli):
        assert hook == "hashbench_commands"
        self.calls += 1
        cli.add_command(click.Command(self.name, callback=lambda: None))


@pytest.fixture
def group():
    group = CommandLine("hashbench")
    group.add_command(click.Command("run", callback=lambda: None))
    return group


def test_plugins_are_loaded_once_and_at_the_first_look_up(group, monkeypatch):
    plugins = FakePlugins("greet")
    monkeypatch.setattr(command_line, "plugins", lambda: plugins)
    assert plugins.calls == 0
    assert group.list_commands(click.Context(group)) == ["greet", "run"]
    assert group.get_command(click.Context(group), "greet").name == "greet"
    assert plugins.calls == 1


def test_a_plugin_may_not_replace_a_command(group, monkeypatch):
    monkeypatch.setattr(command_line, "plugins", lambda: FakePlugins("run"))
    with pytest.raises(HashbenchError, match=r"Plugin \S+ replaces the command 'run'"):
        group.get_command(click.Context(group), "run")
