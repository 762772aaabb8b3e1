"""`hashbench list`, `describe` and `plugins`: which components there are, and the parameters of each."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import click

from hashbench.cli.console import console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from hashbench.registry.shelves import Entry, Kind
    from hashbench.spec import System

SUMMARY_LENGTH = 110
"""Characters of a component's description in a list."""


@click.command("list")
@click.argument("kind", required=False)
def list_components(kind: str | None) -> None:
    """List components, systems and tables.

    KIND is datasets, splits, encoders, heads, objectives, retrievers, metrics, systems or tables; by default all but
    tables are listed. A system is a named combination of components. A table is one of a paper, which hashbench
    reproduce makes again.
    """
    from hashbench.registry.shelves import KINDS, SYSTEMS, kind_called, shelf

    if kind in ("table", "tables"):
        _print_tables()
        return
    kinds = KINDS if kind is None else (kind_called(kind, others=("tables",)),)
    if kinds == (SYSTEMS,):
        for name, entry in shelf(SYSTEMS).items():
            _print_name(name, entry.value.about, entry.value.options())
        return
    table = _table("kind", "name", "description", "package")
    for each_kind in kinds:
        for name, entry in shelf(each_kind).items():
            package = "" if entry.plugin.is_builtin else entry.plugin.distribution
            table.add_row(each_kind.plural, name, _summary(entry.value), package)
    console().print(table)


@click.command()
@click.argument("name")
def describe(name: str) -> None:
    """Describe a component or a system.

    Shows what it is, where it was published, and its parameters, or the options that the system stands for.
    """
    from hashbench.errors import UnknownName, did_you_mean
    from hashbench.registry.shelves import KINDS, SYSTEMS, shelf

    matches = [(kind, shelf(kind)[name]) for kind in KINDS if name in shelf(kind)]
    if not matches:
        suggestion = did_you_mean(name, [known for kind in KINDS for known in shelf(kind)])
        raise UnknownName(f"There is no component or system called '{name}'.{suggestion} (hashbench list)")
    out = console()
    for kind, entry in matches:
        if kind is SYSTEMS:
            _print_system(out, entry.value)
        else:
            _print_component(out, kind, entry)
        out.print()


@click.command("plugins")
def list_plugins() -> None:
    """List plugins.

    Shows the package, version and hooks of each, or the reason for which it is left out.
    """
    from hashbench.registry.plugins import plugins
    from hashbench.registry.shelves import KINDS, shelf

    for kind in KINDS:  # some plugins fail only when their hooks are called
        shelf(kind)
    table = _table("plugin", "package", "version", "hooks")
    for plugin in plugins().discovered:
        hooks = f"left out: {plugin.failure}" if plugin.failure else ", ".join(plugin.hooks)
        table.add_row(plugin.name, plugin.distribution, plugin.version, hooks)
    console().print(table)


def _print_tables() -> None:
    from hashbench.reproduction.table import read_table, table_names

    for name in table_names():
        published = read_table(name)
        datasets = ", ".join(published.experiment.axes.dataset)
        _print_name(name, published.experiment.description, f"{published.paper.source}: {datasets}")


def _print_name(name: str, about: str, detail: str) -> None:
    out = console()
    out.print(f"[bold]{name}[/bold]  {about}", soft_wrap=True)
    out.print(f"    {detail}", markup=False, highlight=False, soft_wrap=True)


def _print_component(out: Console, kind: Kind[Any], entry: Entry[type[Any]]) -> None:
    from hashbench.spec import parameters_of

    component, plugin = entry.value, entry.plugin
    out.print(f"[bold]{component.name}[/bold], {kind.title}", f"(from {plugin.distribution} {plugin.version})")
    out.print(inspect.getdoc(component) or "", markup=False, soft_wrap=True)
    parameters = parameters_of(component)
    if not parameters:
        out.print("It has no parameters.")
        return
    table = _table("parameter", "type", "default", "range", "meaning")
    for parameter in parameters:
        default = "required" if parameter.required else str(parameter.default)
        table.add_row(parameter.name, parameter.type, default, parameter.range, parameter.description)
    out.print(table)


def _print_system(out: Console, system: System) -> None:
    out.print(f"[bold]{system.name}[/bold], system")
    about = f"{system.about[:1].upper()}{system.about[1:]}"
    out.print(f"{about}: {system.options()}", markup=False, soft_wrap=True)
    if system.departures:
        out.print(system.departures, markup=False, soft_wrap=True)


def _table(*headings: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading in ("kind", "name"))
    return table


def _summary(value: Any) -> str:
    """Return the text of a system, or the first paragraph of a component's docstring, shortened."""
    from hashbench.spec import System

    if isinstance(value, System):
        return value.about
    paragraph = (inspect.getdoc(value) or "").split("\n\n")[0]
    text = " ".join(paragraph.split())
    return text if len(text) <= SUMMARY_LENGTH else text[: SUMMARY_LENGTH - 1] + "…"
