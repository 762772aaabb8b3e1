"""`hashbench list`, `describe` and `plugins`: what there is, and what each part takes."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import click

from hashbench.cli.console import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hashbench.registry.shelves import Kind


@click.command("list")
@click.argument("kind", required=False)
def list_components(kind: str | None) -> None:
    """List components, of all kinds or of one: datasets, splits, encoders, heads, objectives, retrievers, metrics.

    hashbench list systems lists whole systems, and what they stand for; hashbench list tables, the papers' tables and
    charts that hashbench reproduce makes.
    """
    from rich.table import Table

    from hashbench.registry.shelves import KINDS, kind_called, shelf
    from hashbench.registry.systems import systems

    composed = {"systems": _systems, "tables": _tables}
    plural = f"{kind.removesuffix('s')}s" if kind is not None else ""
    if plural in composed:
        for name, about, detail in composed[plural]():
            console().print(f"[bold]{name}[/bold]  {about}", soft_wrap=True)
            console().print(f"    {detail}", markup=False, highlight=False, soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("kind", "name", "what it is", "from"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("kind", "name"))
    for one in KINDS if kind is None else (kind_called(kind, composed),):
        for name, entry in shelf(one).items():
            table.add_row(one.plural, name, _summary(entry.component), _origin(entry.plugin.distribution))
    for system in systems().values() if kind is None else ():
        table.add_row("systems", system.name, system.about, "")
    console().print(table)


@click.command()
@click.argument("name")
def describe(name: str) -> None:
    """Describe one component or system: what it is, where it was published, its parameters or its parts."""
    from rich.table import Table

    from hashbench.errors import UnknownName, did_you_mean
    from hashbench.registry.shelves import KINDS, shelf
    from hashbench.registry.systems import systems
    from hashbench.spec import parameters_of

    found: list[tuple[Kind[Any], Any]] = [(kind, shelf(kind)[name]) for kind in KINDS if name in shelf(kind)]
    system = systems().get(name)
    if not found and system is None:
        every = [*(known for kind in KINDS for known in shelf(kind)), *systems()]
        raise UnknownName(
            f"There is no component or system called '{name}'.{did_you_mean(name, every)} (hashbench list)"
        )
    out = console()
    for kind, entry in found:
        out.print(f"[bold]{name}[/bold], {kind.title}", f"(from {entry.plugin.distribution} {entry.plugin.version})")
        out.print(inspect.getdoc(entry.component) or "", markup=False, soft_wrap=True)
        parameters = parameters_of(entry.component)
        if not parameters:
            out.print("It takes no parameters.")
        else:
            table = Table(box=None, pad_edge=False, title_justify="left")
            for heading in ("parameter", "type", "default", "range", "meaning"):
                table.add_column(heading, overflow="fold")
            for one in parameters:
                table.add_row(
                    one.name, one.type, "required" if one.required else str(one.default), one.range, one.description
                )
            out.print(table)
        out.print()
    if system is not None:
        out.print(f"[bold]{name}[/bold], system")
        out.print(f"{system.about[:1].upper()}{system.about[1:]}: {system.options()}", markup=False, soft_wrap=True)
        if system.departures:
            out.print(system.departures, markup=False, soft_wrap=True)
        out.print()


@click.command("plugins")
def list_plugins() -> None:
    """List plugins: package, version and hooks, or the reason why one was left out."""
    from rich.table import Table

    from hashbench.registry.plugins import plugins
    from hashbench.registry.shelves import KINDS, shelf

    for kind in KINDS:  # a plugin may fail only when its hooks are called
        shelf(kind)
    table = Table(box=None, pad_edge=False)
    for heading in ("plugin", "package", "version", "hooks"):
        table.add_column(heading, overflow="fold")
    for plugin in plugins().found:
        hooks = f"left out: {plugin.failure}" if plugin.failure else ", ".join(plugin.hooks)
        table.add_row(plugin.name, plugin.distribution, plugin.version, hooks)
    console().print(table)


def _systems() -> Iterator[tuple[str, str, str]]:
    from hashbench.registry.systems import systems

    yield from ((system.name, system.about, system.options()) for system in systems().values())


def _tables() -> Iterator[tuple[str, str, str]]:
    from hashbench.reproduction.table import names, read

    for name in names():
        published = read(name)
        detail = f"{published.paper.source}: {', '.join(published.experiment.axes.dataset)}"
        yield name, published.experiment.description, detail


def _summary(component: type[Any]) -> str:
    paragraph = (inspect.getdoc(component) or "").split("\n\n")[0]
    sentence = " ".join(paragraph.split())
    return sentence if len(sentence) <= 110 else sentence[:109] + "…"


def _origin(distribution: str) -> str:
    return "" if distribution == "hashbench" else distribution
