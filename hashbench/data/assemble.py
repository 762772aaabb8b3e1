"""From rows of ids to a loaded data set: ids are numbered, repeated pairs are merged and counted."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from hashbench.data.ids import PublishedIds, apply_published_ids, number_ids
from hashbench.data.interactions import IntArray, Interactions
from hashbench.data.loaded import LoadedData
from hashbench.data.readers.rows import Row, Rows
from hashbench.data.train_test_files import matching_test_file
from hashbench.errors import BadData

Side = Literal["user", "item"]
logger = logging.getLogger(__name__)


def assemble(
    source: str,
    train: Rows,
    test: Rows | None = None,
    published_ids: PublishedIds | None = None,
    item_titles: tuple[str, ...] | None = None,
) -> LoadedData:
    """Number the users and items of one file, or of a published split of two files.

    A pair that is in both files stays only in training. Without `published_ids`, ids are numbered in their order.
    Raises `BadData` for an id outside `published_ids`.
    """
    parts = [train] if test is None else [train, test]
    users, n_users = _number_side(parts, "user", published_ids)
    items, n_items = _number_side(parts, "item", published_ids)
    pairs = [Interactions.from_pairs(user, item, n_users, n_items) for user, item in zip(users, items, strict=True)]
    interactions, published = pairs[0], None
    if test is not None:
        published = pairs[0], pairs[1].minus(pairs[0])
        interactions = published[0].union(published[1])
    n_rows = sum(map(len, parts))
    logger.info(
        "%s: %d users, %d items, %d interactions of %d rows", source, n_users, n_items, len(interactions), n_rows
    )
    return LoadedData(
        interactions,
        source,
        published,
        item_titles,
        merged=n_rows - len(interactions),
        skipped=sum(part.skipped for part in parts),
        files=tuple(_source_files(parts)),
    )


def _source_files(parts: list[Rows]) -> Iterator[Path]:
    """Yield the files of the rows, and the test files that would be read if they existed."""
    for part in parts:
        yield part.source.path
        if (test_file := matching_test_file(part.source.path)) is not None:
            yield test_file


def _number_side(parts: list[Rows], side: Side, published_ids: PublishedIds | None) -> tuple[list[IntArray], int]:
    """Return the numbers of each part's users or items, and how many users or items there are."""
    columns = [part.users if side == "user" else part.items for part in parts]
    if published_ids is None:
        return number_ids(columns)
    n_ids = published_ids.n_users if side == "user" else published_ids.n_items
    numbers = []
    for part, column in zip(parts, columns, strict=True):
        part_numbers, outside = apply_published_ids(column, n_ids, published_ids.first)
        if outside is not None:
            raise BadData(_outside_message(part, side, outside, published_ids.first, n_ids))
        numbers.append(part_numbers)
    return numbers, n_ids


def _outside_message(part: Rows, side: Side, outside: str, first: int, n_ids: int) -> str:
    def has_id(row: Row) -> bool:
        return (row.user if side == "user" else row.item) == outside

    return (
        f"{part.source.label}:{part.first_line(has_id)}: {side} '{outside}' is outside the publisher's {first}…"
        f"{first + n_ids - 1}; this is another data set, so give it as file:path=…"
    )
