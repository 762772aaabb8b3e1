"""Base of objectives: what an objective declares, with defaults."""

from __future__ import annotations

from typing import ClassVar


class BaseObjective:
    """Base of objectives over inner products, each positive with negatives of its own.

    A subclass may make `cosine` or `power` a parameter: a field of that name.
    """

    shares_negatives: ClassVar[bool] = False
    cosine: bool = False
    power: float = 0.0
