"""Which tests are slow: those that start processes. They are found by their code, so that no list has to be kept."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

import pytest

STARTERS = frozenset({"subprocess", "multiprocessing", "pebble", "distributed", "selenium"})
"""Modules whose use starts a process."""


def is_slow(item: pytest.Function) -> bool:
    """Whether a test, a fixture of it, or a function or class of the tests that these use, uses one of STARTERS."""
    definitions = item._fixtureinfo.name2fixturedefs.values()
    waiting = [item.function, *(fixture.func for fixtures in definitions for fixture in fixtures)]
    seen = set()
    while waiting:
        for function in functions_of(waiting.pop()):
            if function in seen or "/tests/" not in function.__code__.co_filename.replace("\\", "/"):
                continue
            seen.add(function)
            used = list(used_globals(function))
            if any(is_starter(value) for value in used):
                return True
            waiting += used
    return False


def functions_of(value: object) -> list[FunctionType]:
    """The functions behind a value: itself, that of a bound method, or those of a class."""
    members = vars(value).values() if isinstance(value, type) else [getattr(value, "__func__", value)]
    return [member for member in members if isinstance(member, FunctionType)]


def is_starter(value: object) -> bool:
    """Whether something is one of STARTERS, or comes from there."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return isinstance(name, str) and name.split(".")[0] in STARTERS


def used_globals(function: FunctionType) -> Iterator[object]:
    """The values of the global names that a function uses, functions inside it included."""
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        yield from (function.__globals__[name] for name in code.co_names if name in function.__globals__)
