"""Options that several commands have, each said once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

PATH = click.Path(path_type=Path)
Command = Callable[..., Any]

data_dir = click.option("--data-dir", type=PATH, help="Where data sets are looked for first.")
skip_bad_rows = click.option(
    "--skip-bad-rows", is_flag=True, help="Leave out rows of a data file that do not parse, and count them."
)
device = click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")


def training_place(command: Command) -> Command:
    """Add --device, --data-dir and --skip-bad-rows: where a command that trains does so."""
    return device(data_dir(skip_bad_rows(command)))
