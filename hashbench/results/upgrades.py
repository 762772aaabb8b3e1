"""Upgrades of old record files: numbered functions from dict to dict, applied one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hashbench.errors import BadRecord
from hashbench.results.record import FORMAT

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

UPGRADES: Mapping[int, Upgrade] = {1: lambda data: data}  # format 2 added fields that may be absent
"""The function under n turns a record of format n into one of format n + 1."""


def upgrade(data: dict[str, Any], upgrades: Mapping[int, Upgrade] = UPGRADES, newest: int = FORMAT) -> dict[str, Any]:
    """Return the record as a dict of the newest format; raises `BadRecord` for a newer or an unknown one."""
    written = data["format"]
    if not isinstance(written, int) or isinstance(written, bool):
        raise BadRecord(f"damaged: its format is {written!r}, not a number")
    if written > newest:
        raise BadRecord(f"format {written} is newer than this hashbench reads ({newest}); upgrade hashbench")
    if written < min(upgrades, default=newest):
        raise BadRecord(f"format {written} is unknown; this hashbench reads {min(upgrades, default=newest)} and later")
    for number in range(written, newest):
        try:
            data = {**upgrades[number](data), "format": number + 1}
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise BadRecord(f"damaged: no upgrade from format {number} ({type(error).__name__}: {error})") from error
    return data
