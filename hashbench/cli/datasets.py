"""`hashbench datasets`: which data sets are on this machine, their counts and fingerprints, how to get the others."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from hashbench.cli.options import data_dir, skip_bad_rows, table_or_json
from hashbench.spec import parameters_of

if TYPE_CHECKING:
    from hashbench.protocols import Dataset

FINGERPRINT_DIGITS = 12


@dataclass
class Listing:
    """The state of a data set: its counts if it is present, otherwise the reason in `source`."""

    name: str
    state: Literal["present", "absent", "unusable"]
    source: str
    users: int | None = None
    items: int | None = None
    interactions: int | None = None
    density_percent: float | None = None
    merged: int | None = None
    skipped: int | None = None
    fingerprint: str | None = None
    notes: list[str] = field(default_factory=list)

    def note(self, message: str) -> None:
        """Collect a note of loading."""
        self.notes.append(message)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]…")
@data_dir
@skip_bad_rows
@table_or_json
def datasets(names: tuple[str, ...], data_dir: Path | None, skip_bad_rows: bool, style: str) -> None:
    """Show which data sets are on this machine.

    Shows counts and fingerprints; nothing is downloaded. A NAME may have parameters: file:path=log.csv
    """
    from hashbench.data.sources import search_folders
    from hashbench.registry.shelves import DATASETS, create_component, shelf

    search_folders(data_dir)
    without_parameters = [name for name, entry in shelf(DATASETS).items() if not _has_required(entry.value)]
    components = [create_component(DATASETS, name) for name in names or sorted(without_parameters)]
    listings = [_listing(dataset, data_dir, skip_bad_rows) for dataset in components]
    if style == "json":
        click.echo(json.dumps([dataclasses.asdict(listing) for listing in listings], indent=2, ensure_ascii=False))
    else:
        _show(listings)


def _listing(dataset: Dataset, data_dir: Path | None, skip_bad_rows: bool) -> Listing:
    from hashbench.data.sources import DatasetNotFound
    from hashbench.errors import HashbenchError
    from hashbench.protocols import LoadContext
    from hashbench.spec import canonical

    listing = Listing(canonical(dataset), "present", "")
    try:
        data = dataset.load(LoadContext(data_dir, skip_bad_rows, download=False, notes=listing))
    except HashbenchError as error:
        listing.state = "absent" if isinstance(error, DatasetNotFound) else "unusable"
        listing.source = str(error)
        return listing
    interactions = data.interactions
    listing.source = data.source
    listing.users, listing.items, listing.interactions = interactions.n_users, interactions.n_items, len(interactions)
    listing.density_percent = round(100 * len(interactions) / max(1, interactions.n_users * interactions.n_items), 4)
    listing.merged, listing.skipped = data.merged, data.skipped
    listing.fingerprint = interactions.digest()[:FINGERPRINT_DIGITS]
    return listing


def _show(listings: list[Listing]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console(soft_wrap=True, highlight=False, markup=False)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=0)
    table.add_column("data set", overflow="fold", min_width=9)
    table.add_column("state", no_wrap=True)
    for heading in ("users", "items", "interactions", "density %", "merged"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("fingerprint", no_wrap=True)
    for listing in listings:
        counts = (listing.users, listing.items, listing.interactions, listing.density_percent, listing.merged)
        table.add_row(listing.name, listing.state, *map(_figure, counts), listing.fingerprint or "")
    console.print(table)
    for listing in listings:
        prefix = "" if listing.source.startswith(f"{listing.name} ") else f"{listing.name}: "
        for line in [f"{prefix}{listing.source}", *listing.notes]:
            console.print(line)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _has_required(component: type[object]) -> bool:
    return any(parameter.required for parameter in parameters_of(component))
