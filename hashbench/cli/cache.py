"""`hashbench cache`: the trained models that a results folder caches, and their size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.options import results_folder

if TYPE_CHECKING:
    from hashbench.results.cache import ModelCache

KINDS = {"codes": "codes and embeddings of models", "training": "weights of training stages"}


@click.group()
def cache() -> None:
    """Show or clear the cached models of a results folder."""


@cache.command()
@results_folder
def info(folder: Path) -> None:
    """Show what FOLDER/models holds, and its size."""
    entries = _cache(folder).entries()
    for kind, title in KINDS.items():
        sizes = [entry.size for entry in entries if entry.kind == kind]
        click.echo(f"{title}: {len(sizes)} files, {_size(sum(sizes))}")
    click.echo(f"in {folder / 'models'}; hashbench cache clear deletes them, and records stay")


@cache.command()
@results_folder
@click.option("--kind", type=click.Choice(list(KINDS)), help="Only this kind. [default: both]")
def clear(folder: Path, kind: str | None) -> None:
    """Delete the files in FOLDER/models. Records stay; models are trained again when they are needed."""
    deleted = [entry for entry in _cache(folder).entries() if kind in (None, entry.kind)]
    for entry in deleted:
        entry.file.unlink(missing_ok=True)
    click.echo(f"{len(deleted)} files deleted, {_size(sum(entry.size for entry in deleted))}")


def _cache(folder: Path) -> ModelCache:
    from hashbench.errors import HashbenchError
    from hashbench.results.store import ResultsFolder

    if not folder.is_dir():
        raise HashbenchError(f"There is no results folder {folder}. (hashbench run writes one)")
    return ResultsFolder(folder).cache


def _size(n_bytes: int) -> str:
    size = float(n_bytes)
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
