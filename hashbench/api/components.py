"""Components as users give them in Python: text, or a component object."""

from __future__ import annotations

from typing import Any

from hashbench.errors import BadParameter
from hashbench.registry.shelves import Kind, shelf
from hashbench.spec import canonical


def component_text(kind: Kind[Any], component: object) -> str:
    """Return the text of a component: "lightgcn:layers=2" for `LightGCN(layers=2)`; text stays as it is.

    Raises `BadParameter` for anything else, and for an object whose class no installed plugin brings.
    """
    if isinstance(component, str):
        return component
    if isinstance(component, type):
        raise BadParameter(f"{kind.title} is the class {component.__name__}; write {component.__name__}()")
    entry = shelf(kind).get(getattr(component, "name", ""))
    if entry is None or entry.value is not type(component):
        raise BadParameter(
            f"{kind.title} must be text or an object of an installed component, got {type(component).__name__}; "
            f"a class of your own needs a plugin with the hook {kind.hook} (docs/plugins.md)"
        )
    return canonical(component)
