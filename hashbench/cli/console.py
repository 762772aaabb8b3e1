"""Standard output: as wide as the terminal, and as wide as need be where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 1000
"""Columns of what is no terminal: a pipe or a file leaves nothing out."""


def console() -> Console:
    """Return the console that tables are printed to."""
    from rich.console import Console

    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=WIDE)
