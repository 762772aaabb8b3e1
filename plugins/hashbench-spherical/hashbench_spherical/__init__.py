"""Spherical hashing as a plugin of hashbench."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hashbench import hookimpl

if TYPE_CHECKING:
    from hashbench.protocols import HashHead


@hookimpl
def hashbench_hash_heads() -> Iterable[type[HashHead]]:
    """Return the head. It is imported only when heads are needed."""
    from hashbench_spherical.head import Spherical

    return [Spherical]
