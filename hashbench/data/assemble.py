"""From rows of ids to a loaded data set: numbered, repeated pairs merged and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hashbench.data.ids import Catalogue, IdColumn, number, pin
from hashbench.data.interactions import IntArray, Interactions
from hashbench.data.loaded import LoadedData
from hashbench.data.parts import test_part
from hashbench.data.readers.rows import Row, Rows
from hashbench.errors import BadData


def assemble(
    source: str,
    train: Rows,
    test: Rows | None = None,
    catalogue: Catalogue | None = None,
    item_titles: tuple[str, ...] | None = None,
) -> LoadedData:
    """Number users and items of one source, or of a published split; a pair in both parts stays in training alone."""
    parts = [train] if test is None else [train, test]
    users, n_users = _numbers(parts, "user", catalogue)
    items, n_items = _numbers(parts, "item", catalogue)
    pairs = [Interactions.from_pairs(user, item, n_users, n_items) for user, item in zip(users, items, strict=True)]
    everything, published = pairs[0], None
    if test is not None:
        published = pairs[0], pairs[1].minus(pairs[0])
        everything = published[0].union(published[1])
    return LoadedData(
        everything,
        source,
        published,
        item_titles,
        merged=sum(map(len, parts)) - len(everything),
        skipped=sum(part.skipped for part in parts),
        files=tuple(_looked_at(parts)),
    )


def _looked_at(parts: list[Rows]) -> Iterator[Path]:
    """Give the files that were read, and those that would be a test part if they were there."""
    for part in parts:
        yield part.source.path
        if (beside := test_part(part.source.path)) is not None:
            yield beside


def _numbers(parts: list[Rows], side: str, catalogue: Catalogue | None) -> tuple[list[IntArray], int]:
    columns: list[IdColumn] = [getattr(part, f"{side}s") for part in parts]
    if catalogue is None:
        return number(columns)
    size = catalogue.n_users if side == "user" else catalogue.n_items
    numbers = []
    for part, column in zip(parts, columns, strict=True):
        pinned, outside = pin(column, size, catalogue.first)
        if outside is not None:
            raise BadData(_outside(part, side, outside, catalogue.first, size))
        numbers.append(pinned)
    return numbers, size


def _outside(part: Rows, side: str, outside: str, first: int, size: int) -> str:
    def holds(row: Row) -> bool:
        return bool(getattr(row, side) == outside)

    return (
        f"{part.source.label}:{part.line_of(holds)}: {side} '{outside}' is outside the publisher's {first}…"
        f"{first + size - 1}; this is another data set, so give it as file:path=…"
    )
