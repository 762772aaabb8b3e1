"""Finds the columns of users and items: those that the user names, or those with a usual name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hashbench.errors import BadData, BadParameter, did_you_mean

AUTO = "auto"
_KNOWN_NAMES = {
    "user": ("user", "userid", "uid", "customer", "customerid", "visitorid", "reviewerid", "用户", "用户id"),
    "item": (
        "item",
        "itemid",
        "iid",
        "movie",
        "movieid",
        "product",
        "productid",
        "asin",
        "track",
        "trackid",
        "song",
        "songid",
        "artist",
        "artistid",
        "book",
        "bookid",
        "isbn",
        "businessid",
        "物品",
        "物品id",
        "商品",
        "商品id",
    ),
}


def find_id_columns(label: str, names: Sequence[str], user: str = AUTO, item: str = AUTO) -> tuple[int, int]:
    """Return the indices of the user column and of the item column in a header.

    `user` and `item` are column names, or "auto" for a usual name. Raises `BadData` if there is no such column.
    """
    user_index, item_index = _column_index(label, names, "user", user), _column_index(label, names, "item", item)
    if user_index == item_index:
        raise BadParameter(f"{label}: user and item are both column '{names[user_index]}'; name two columns")
    return user_index, item_index


def _column_index(label: str, names: Sequence[str], side: str, name: str) -> int:
    header = ", ".join(column if len(column) <= 40 else column[:39] + "…" for column in names[:12])
    header += ", …" if len(names) > 12 else ""
    if name != AUTO:
        if name not in names:
            raise BadData(f"{label}: there is no column '{name}'; it has {header}.{did_you_mean(name, names)}")
        return names.index(name)
    normalized = [re.sub(r"[\W_]", "", column).lower() for column in names]
    known = next((known for known in _KNOWN_NAMES[side] if known in normalized), None)
    if known is None:
        raise BadData(
            f"{label}: no column is called {side}, {side}_id or the like; it has {header}. Give {side}=COLUMN."
        )
    return normalized.index(known)
