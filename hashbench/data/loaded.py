"""What a data set hands over when it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hashbench.data.interactions import Interactions


@dataclass(frozen=True, eq=False)
class LoadedData:
    """All interactions of a data set, and what else its publisher gives.

    `published` is the publisher's (training, test) split, disjoint, with `interactions` as its union.
    `merged` counts repeated pairs that became one, `skipped` the rows left out on the user's wish. `files` are those
    that the interactions were read from, None where that is not told.
    """

    interactions: Interactions
    source: str
    published: tuple[Interactions, Interactions] | None = None
    item_titles: tuple[str, ...] | None = None
    merged: int = 0
    skipped: int = 0
    files: tuple[Path, ...] | None = None
