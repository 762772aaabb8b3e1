"""The built-in components: each class of the components' modules is named, under a name of its own."""

import pkgutil
from importlib import import_module

import pytest

from hashbench import components
from hashbench.registry import builtin
from hashbench.registry.shelves import KINDS, shelf


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_hook_gives_components_of_distinct_names(kind):
    names = [value.name for value in getattr(builtin, kind.hook)()]
    assert len(names) == len(set(names)) > 0
    assert set(names) <= set(shelf(kind))


def test_every_module_of_components_contributes():
    modules = {
        name
        for _, name, is_package in pkgutil.walk_packages(components.__path__, "hashbench.components.")
        if not is_package
    }
    used = {value.__module__ for kind in KINDS for value in getattr(builtin, kind.hook)() if isinstance(value, type)}
    named = {
        name
        for name in modules
        if any(
            isinstance(value, type) and value.__module__ == name and isinstance(vars(value).get("name"), str)
            for value in vars(import_module(name)).values()
        )
    }
    assert named - used <= {"hashbench.components.datasets.frame"}  # made by hashbench.run, from a data frame
