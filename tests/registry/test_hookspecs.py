"""Hooks: each is documented, and belongs to a kind or is one of those without a result."""

import re
from pathlib import Path

from hashbench.registry import hookspecs
from hashbench.registry.plugins import HOOKS_WITHOUT_RESULT
from hashbench.registry.shelves import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()


def test_every_hook_is_documented():
    hooks = {name for name in vars(hookspecs) if name.startswith("hashbench_")}
    assert hooks == set(re.findall(r"^\| `(hashbench_\w+)\(", PAGE, re.M))
    assert all(vars(hookspecs)[hook].__doc__ for hook in hooks)


def test_every_hook_belongs_to_a_kind_or_returns_nothing():
    hooks = {name for name in vars(hookspecs) if name.startswith("hashbench_")}
    assert hooks == {kind.hook for kind in KINDS} | HOOKS_WITHOUT_RESULT
