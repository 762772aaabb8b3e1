"""What the tests of published data sets share: files of one's own, and checks of real data and of wrong ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.components.splits.published import Published
from hashbench.components.splits.ratio import Ratio
from hashbench.data.loaded import LoadedData
from hashbench.errors import BadData
from hashbench.protocols import Dataset, LoadContext, RunContext


class Notes:
    """Keeps the notes that it receives."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, message: str) -> None:
        self.lines.append(message)


def write(ctx: LoadContext, name: str, content: str) -> Path:
    """Write a file into the data folder."""
    assert ctx.data_dir is not None
    path = ctx.data_dir / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="latin-1")
    return path


def notes_of(ctx: LoadContext) -> list[str]:
    assert isinstance(ctx.notes, Notes)
    return ctx.notes.lines


def assert_an_id_outside_the_catalogue_is_an_error(
    ctx: LoadContext, dataset: Dataset, name: str, content: str, line: int, wrong: str, ids: str
) -> None:
    path = write(ctx, name, content)
    with pytest.raises(BadData) as error:
        dataset.load(ctx)
    assert str(error.value) == (
        f"{path}:{line}: {wrong} is outside the publisher's {ids}; this is another data set, so give it as file:path=…"
    )


def load_real_data(real_data: Path, dataset: Dataset, counts: tuple[int, int, int, int]) -> tuple[LoadedData, Notes]:
    """Load and split real data; its users, items, interactions and merged rows must be `counts`."""
    notes = Notes()
    data = dataset.load(LoadContext(data_dir=real_data, download=False, notes=notes))
    interactions = data.interactions
    assert (interactions.n_users, interactions.n_items, len(interactions), data.merged) == counts
    assert data.published is not None
    published = Published().split(data, RunContext())
    assert published.test.digest() == data.published[1].digest()
    split = Ratio().split(data, RunContext())
    assert len(split.train) + len(split.valid) + len(split.test) == len(interactions)
    assert abs(len(split.test) / len(interactions) - 0.3) < 0.01
    return data, notes
