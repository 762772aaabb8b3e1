"""Progress on standard error: bars if it is a terminal, otherwise only lines."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn

from hashbench.observers import NullObserver


class ProgressBars(NullObserver):
    """Base of observers that show bars with these columns; the bars are visible inside a `with` block."""

    def __init__(self, *columns: ProgressColumn, expand: bool = False) -> None:
        self.console = Console(stderr=True, highlight=False)
        self.bars = Progress(
            *columns, console=self.console, transient=True, disable=not self.console.is_terminal, expand=expand
        )

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.bars.stop()

    def note(self, message: str) -> None:
        """Print a note as a line."""
        self.console.print(message, markup=False, soft_wrap=True)
