"""Which columns hold users and items: the ones asked for, or those with a customary name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hashbench.errors import BadData, BadParameter, did_you_mean

AUTO = "auto"
_CUSTOMARY = {
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


def choose(label: str, names: Sequence[str], user: str = AUTO, item: str = AUTO) -> tuple[int, int]:
    """Return the places of the user column and of the item column among the names of a header."""
    places = _place(label, names, "user", user), _place(label, names, "item", item)
    if places[0] == places[1]:
        raise BadParameter(f"{label}: user and item are both column '{names[places[0]]}'; name two columns")
    return places


def _place(label: str, names: Sequence[str], side: str, wanted: str) -> int:
    has = ", ".join(name if len(name) <= 40 else name[:39] + "…" for name in names[:12])
    has += ", …" if len(names) > 12 else ""
    if wanted != AUTO:
        if wanted not in names:
            raise BadData(f"{label}: there is no column '{wanted}'; it has {has}.{did_you_mean(wanted, names)}")
        return names.index(wanted)
    plain = [re.sub(r"[\W_]", "", name).lower() for name in names]
    found = next((name for name in _CUSTOMARY[side] if name in plain), None)
    if found is None:
        raise BadData(f"{label}: no column is called {side}, {side}_id or the like; it has {has}. Give {side}=COLUMN.")
    return plain.index(found)
