"""What every component must keep to."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import numpy as np

from hashbench.data.interactions import Interactions
from hashbench.spec import ComponentSpec, canonical, create, parameters_of

Arrays = tuple[np.ndarray[Any, Any], ...]


class ComponentTests:
    """A frozen dataclass with a name, documented, whose text gives it back."""

    component: ClassVar[Any]

    def test_it_is_a_frozen_dataclass_with_a_name_and_a_docstring(self) -> None:
        """Equality, JSON and command-line parameters come from the fields."""
        kind = type(self.component)
        assert dataclasses.is_dataclass(kind)
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        assert self.component.name == getattr(kind, "name", None)
        assert kind.__doc__

    def test_its_text_gives_it_back(self) -> None:
        """The canonical text is what records keep."""
        text = canonical(self.component)
        assert create(type(self.component), ComponentSpec.parse(text), "component") == self.component

    def test_every_parameter_says_what_it_means(self) -> None:
        """`hashbench describe` shows it."""
        assert all(parameter.description for parameter in parameters_of(type(self.component)))


def small_interactions() -> Interactions:
    """Return a few users' interactions: 40 users, 30 items, everyone with at least one."""
    rng = np.random.default_rng(0)
    users = np.concatenate([np.arange(40), rng.integers(0, 40, 300)])
    return Interactions.from_pairs(users, rng.integers(0, 30, users.size), 40, 30)
