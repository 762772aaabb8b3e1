"""A benchmark framework for learning to hash for recommendation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "hookimpl", "load_results", "run"]

if TYPE_CHECKING:
    from hashbench.api import run
    from hashbench.hookspecs import hookimpl
    from hashbench.results.frame import load_results

# Loaded when first asked for, so that `import hashbench` and `hashbench --help` load nothing heavy.
_LAZY = {"run": "hashbench.api", "load_results": "hashbench.results.frame", "hookimpl": "hashbench.hookspecs"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'hashbench' has no attribute '{name}'")
