"""A loaded data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hashbench.data.interactions import Interactions


@dataclass(frozen=True, eq=False)
class LoadedData:
    """All interactions of a data set, with the published split and item titles if there are any.

    `published` is the publisher's (training, test) split: disjoint, with `interactions` as its union.
    `merged` counts the rows that repeat a pair. `skipped` counts the bad rows that the user allowed to leave out.
    `files` are the files that were read, None if unknown.
    """

    interactions: Interactions
    source: str
    published: tuple[Interactions, Interactions] | None = None
    item_titles: tuple[str, ...] | None = None
    merged: int = 0
    skipped: int = 0
    files: tuple[Path, ...] | None = None
