"""Conformance of components of every kind."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import numpy as np

from hashbench.data.interactions import Interactions
from hashbench.spec import ComponentSpec, canonical, create, parameters_of

Arrays = tuple[np.ndarray[Any, Any], ...]


class ComponentTests:
    """A component is a documented frozen dataclass with a name, and its text gives it back."""

    component: ClassVar[Any]

    def test_it_is_a_frozen_dataclass_with_a_name_and_a_docstring(self) -> None:
        """Equality, JSON and command-line parameters come from the fields."""
        component_class: Any = type(self.component)
        assert dataclasses.is_dataclass(type(self.component))
        assert component_class.__dataclass_params__.frozen
        assert self.component.name == component_class.name
        assert component_class.__doc__

    def test_its_text_gives_it_back(self) -> None:
        """Records keep the canonical text."""
        text = canonical(self.component)
        assert create(type(self.component), ComponentSpec.parse(text), "component") == self.component

    def test_every_parameter_says_what_it_means(self) -> None:
        """`hashbench describe` shows the description."""
        assert all(parameter.description for parameter in parameters_of(type(self.component)))


def small_interactions() -> Interactions:
    """Return interactions of 40 users with 30 items, at least one per user."""
    rng = np.random.default_rng(0)
    users = np.concatenate([np.arange(40), rng.integers(0, 40, 300)])
    return Interactions.from_pairs(users, rng.integers(0, 30, users.size), 40, 30)
