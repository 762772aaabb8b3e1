"""Reads an experiment file (TOML); all mistakes in it are reported at once, each with its place."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hashbench.errors import HashbenchError, did_you_mean, why
from hashbench.grids.experiment import (
    COMPONENTS,
    PARTS_ERROR,
    Axes,
    Budget,
    Experiment,
    Range,
    Rule,
    SearchSection,
    Section,
    TrainingSection,
    TuneSection,
)
from hashbench.registry import shelves

SECTIONS: Mapping[str, type[Section]] = {
    "": Experiment,
    "axes": Axes,
    "training": TrainingSection,
    "search": SearchSection,
    "exclude": Rule,
    "include": Rule,
    "budget": Budget,
    "tune": TuneSection,
}


def read(file: Path) -> Experiment:
    """Read an experiment file; raises `HashbenchError` that lists all mistakes in it."""
    try:
        document = tomllib.loads(file.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        raise HashbenchError(f"{file}: no TOML: not UTF-8 text") from None
    except OSError as error:
        raise HashbenchError(f"{file}: cannot be read: {why(error)}") from None
    except tomllib.TOMLDecodeError as error:
        raise HashbenchError(f"{file}: no TOML: {error}") from None
    return parse(document, str(file))


def parse(document: Mapping[str, Any], source: str) -> Experiment:
    """Check the tables of an experiment; `source` names it in the `HashbenchError` that lists all mistakes."""
    mistakes = []
    experiment = None
    try:
        experiment = Experiment.model_validate(dict(document))
    except ValidationError as error:
        mistakes += [_message(details) for details in error.errors()]
    mistakes += _component_mistakes(document)
    if mistakes or experiment is None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise HashbenchError(f"{source} has {count}:" + "".join(f"\n  {mistake}" for mistake in mistakes))
    return experiment


def _component_mistakes(document: Mapping[str, Any]) -> Iterator[str]:
    """Check the names and parameters of all components."""
    for path, table in _tables(document):
        with_parameters = not path.startswith("exclude")  # there a bare name matches any parameters
        for key, value in table.items():
            if key != "system" and key not in COMPONENTS:
                continue
            for index, text in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(text, str) and (mistake := _component_mistake(key, text, with_parameters)):
                    yield f"{path}.{key}{f'[{index}]' if isinstance(value, list) else ''}: {mistake}"


def _tables(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the tables that name components, each with its path."""
    for name in ("axes", "search"):
        if isinstance(table := document.get(name), Mapping):
            yield name, table
    for name in ("exclude", "include"):
        rules = document.get(name)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, Mapping):
                yield f"{name}[{index}]", rule


def _component_mistake(key: str, text: str, with_parameters: bool) -> str | None:
    try:
        if key == "system":
            if not with_parameters:
                return "systems cannot be excluded: name their encoder, head or objective"
            shelves.find(shelves.SYSTEMS, text)
        elif with_parameters or ":" in text:
            shelves.create_each(COMPONENTS[key], text)
        else:
            shelves.find(COMPONENTS[key], text)
    except HashbenchError as error:
        return str(error)
    return None


def _message(details: Any) -> str:
    """Return an error of pydantic as a line: the dotted path of the key, and what is wrong."""
    steps = [step for step in details["loc"] if not (isinstance(step, str) and "[" in step)]
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
    message = _unknown_key(steps) if details["type"] == "extra_forbidden" else _wrong_value(details)
    return f"{path}: {message}" if path else message


def _unknown_key(steps: Sequence[Any]) -> str:
    known = list(_section(steps).model_fields)
    return f"there is no such key; there are {', '.join(known)}.{did_you_mean(str(steps[-1]), known)}"


def _section(steps: Sequence[Any]) -> type[Section]:
    """Return the table that holds the key at the end of these steps."""
    if steps[0] == "tune" and len(steps) > 3:
        return Range
    if "training" in steps[:-1] and steps[0] != "tune":
        return TrainingSection
    return SECTIONS[str(steps[0]) if len(steps) > 1 else ""]


def _wrong_value(details: Any) -> str:
    kind, context, value = details["type"], details.get("ctx", {}), details.get("input")
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for bound, words in bounds.items():
        if bound in context:
            return f"it must be {words} {context[bound]:g}, got {value!r}"
    messages = {
        "missing": "it must be given",
        "string_type": f"it must be text, got {value!r}",
        "int_type": f"it must be a whole number, got {value!r}",
        "int_parsing": f"it must be a whole number, got {value!r}",
        "int_from_float": f"it must be a whole number, got {value!r}",
        "float_type": f"it must be a number, got {value!r}",
        "float_parsing": f"it must be a number, got {value!r}",
        "model_type": f"it must be a table, got {value!r}",
        "list_type": f"it must be a list of tables, got {value!r}",
        "too_short": "it must not be empty",
        "literal_error": f"it must be {context.get('expected')}, got {value!r}",
        PARTS_ERROR: str(details["msg"]),
    }
    return messages.get(kind) or str(details["msg"]).lower()
