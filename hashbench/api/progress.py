"""Progress of a run that was started in Python: a display in a notebook, a bar of tqdm elsewhere."""

from __future__ import annotations

import html
import importlib
import sys
from typing import Any

from tqdm import tqdm

from hashbench.observers import Epoch, NullObserver, RunObserver


def progress_observer(progress: bool | None) -> RunObserver:
    """Return who shows the progress: if `progress` is None, a display in notebooks and nothing elsewhere."""
    notebook = in_notebook()
    if progress is False or (progress is None and not notebook):
        return NullObserver()
    return NotebookProgress() if notebook else BarProgress()


def in_notebook() -> bool:
    """Say whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"


class NotebookProgress(NullObserver):
    """One display below the cell, renewed after each epoch: stage, bar, loss and validation HR.

    It needs no widgets: IPython renews the HTML in place.
    """

    def __init__(self) -> None:
        self.handle: Any = None
        self.bar = ""
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        """Show a note below the bar."""
        self.notes.append(message)
        self._render()

    def stage_started(self, stage: str, n_steps: int, n_epochs: int, epochs_done: int) -> None:
        """Show the stage's bar."""
        self.n_epochs = n_epochs
        self._show(f"training ({stage})", epochs_done, n_epochs)

    def epoch_finished(self, epoch: Epoch) -> None:
        """Advance the bar, and show the loss and the validation HR."""
        hr = "" if epoch.valid_hr is None else f", validation HR {epoch.valid_hr:.4f}"
        text = f"training ({epoch.stage}), epoch {epoch.epoch} of {self.n_epochs}, loss {epoch.loss:.4f}{hr}"
        self._show(text, epoch.epoch, self.n_epochs)

    def _show(self, text: str, value: int, maximum: int) -> None:
        self.bar = f'<progress value="{value}" max="{maximum}"></progress> {html.escape(text)}'
        self._render()

    def _render(self) -> None:
        ipython: Any = importlib.import_module("IPython.display")
        content = ipython.HTML("<br>".join(filter(None, [self.bar, *map(html.escape, self.notes)])))
        if self.handle is None:
            self.handle = ipython.display(content, display_id=True)
        else:
            self.handle.update(content)


class BarProgress(NullObserver):
    """A bar on standard error for each stage of the training."""

    def note(self, message: str) -> None:
        """Print a note above the bar."""
        tqdm.write(message, file=sys.stderr)

    def stage_started(self, stage: str, n_steps: int, n_epochs: int, epochs_done: int) -> None:
        """Open the stage's bar."""
        self.bar = tqdm(desc=f"training ({stage})", total=n_epochs, initial=epochs_done, unit="epoch")

    def epoch_finished(self, epoch: Epoch) -> None:
        """Advance the bar; after the last epoch, close it."""
        hr = "" if epoch.valid_hr is None else f", validation HR {epoch.valid_hr:.4f}"
        self.bar.set_postfix_str(f"loss {epoch.loss:.4f}{hr}")
        self.bar.update()
