"""`hashbench show`: prints one record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.options import results

if TYPE_CHECKING:
    from hashbench.reporting.details import Section

LABEL_WIDTH = 16


@click.command()
@click.argument("run")
@results
@click.option("--format", "style", type=click.Choice(("text", "json")), default="text", show_default=True)
def show(run: str, results: Path, style: str) -> None:
    """Print the record of RUN: a run id, a unique beginning of one, or a record file."""
    from hashbench.reporting.details import record_sections
    from hashbench.results.record_json import as_json
    from hashbench.results.store import ResultsFolder

    record = ResultsFolder(results).find(run)
    if style == "json":
        click.echo(json.dumps(as_json(record), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print_sections(record_sections(record))


def print_sections(sections: list[Section]) -> None:
    """Print labelled lines under titles, wrapped to the terminal."""
    from shutil import get_terminal_size
    from textwrap import wrap

    width = max(get_terminal_size().columns - LABEL_WIDTH - 3, 40)
    for position, (title, lines) in enumerate(sections):
        click.echo(("\n" if position else "") + click.style(title, bold=True))
        for label, text in lines:
            if not label:
                click.echo(f"  {text}")
                continue
            wrapped = wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
            click.echo(f"  {label:<{LABEL_WIDTH}} {wrapped[0]}")
            for line in wrapped[1:]:
                click.echo(f"  {'':<{LABEL_WIDTH}} {line}")
