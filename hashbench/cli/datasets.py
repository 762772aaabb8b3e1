"""`hashbench datasets`: which data sets are here, their counts and fingerprints, and what to do for the others."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from hashbench.cli.options import data_dir, skip_bad_rows

if TYPE_CHECKING:
    from hashbench.protocols import Dataset

FINGERPRINT_DIGITS = 12


@dataclass
class Listing:
    """A data set as it was found: its figures if it is present, else the reason in `source`."""

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
        """Keep what loading tells."""
        self.notes.append(message)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]…")
@data_dir
@skip_bad_rows
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def datasets(names: tuple[str, ...], data_dir: Path | None, skip_bad_rows: bool, output: str) -> None:
    """Show which data sets are here, with counts and fingerprints; nothing is downloaded.

    A NAME may have parameters: file:path=log.csv
    """
    from hashbench.data.sources import folders
    from hashbench.registry.shelves import DATASETS, create_component, shelf

    folders(data_dir)
    needing = {name for name, entry in shelf(DATASETS).items() if _has_required(entry.value)}
    chosen = [create_component(DATASETS, name) for name in names or sorted(set(shelf(DATASETS)) - needing)]
    listings = [_listing(dataset, data_dir, skip_bad_rows) for dataset in chosen]
    if output == "json":
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
    pairs = data.interactions
    listing.source = data.source
    listing.users, listing.items, listing.interactions = pairs.n_users, pairs.n_items, len(pairs)
    listing.density_percent = round(100 * len(pairs) / max(1, pairs.n_users * pairs.n_items), 4)
    listing.merged, listing.skipped = data.merged, data.skipped
    listing.fingerprint = pairs.digest()[:FINGERPRINT_DIGITS]
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
    for one in listings:
        figures = (one.users, one.items, one.interactions, one.density_percent, one.merged)
        table.add_row(one.name, one.state, *map(_figure, figures), one.fingerprint or "")
    console.print(table)
    for one in listings:
        lines = [f"{one.name}: {one.source}"] if not one.source.startswith(f"{one.name} ") else [one.source]
        for line in lines + one.notes:
            console.print(line)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _has_required(component: type[object]) -> bool:
    return any(
        one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
        for one in dataclasses.fields(component)  # type: ignore[arg-type]
    )
