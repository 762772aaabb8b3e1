"""The console for tables on standard output: as wide as the terminal, or wide enough for every row of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 1000
"""Width in characters of a pipe or a file, so that nothing is left out or wrapped."""


def console() -> Console:
    """Return the console on which tables are printed."""
    from rich.console import Console

    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=WIDE)
