"""A benchmark framework for learning to hash for recommendation."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from hashbench.version import __version__

__all__ = ["__version__", "compare", "grid", "hookimpl", "load_results", "report", "run"]

logging.getLogger("hashbench").addHandler(logging.NullHandler())  # a program that uses hashbench decides what it logs

# Without this MKL rounds matrix products differently for each number of threads. It is read at the first product.
os.environ.setdefault("MKL_CBWR", "AVX2,STRICT")

if TYPE_CHECKING:
    from hashbench.api.compare import compare
    from hashbench.api.grid import grid
    from hashbench.api.report import report
    from hashbench.api.run import run
    from hashbench.registry.hookspecs import hookimpl
    from hashbench.results.frame import load_results

# Loaded at first use, so that `import hashbench` and `hashbench --help` load nothing heavy.
_LAZY = {
    "run": "hashbench.api.run",
    "compare": "hashbench.api.compare",
    "report": "hashbench.api.report",
    "grid": "hashbench.api.grid",
    "load_results": "hashbench.results.frame",
    "hookimpl": "hashbench.registry.hookspecs",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'hashbench' has no attribute '{name}'")
