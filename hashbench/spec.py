"""Components as text: parse "guided_ste:bits=64" into a frozen dataclass, and format it back as canonical text."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from hashbench.errors import BadParameter, did_you_mean

C = TypeVar("C")
_NEXT_PARAMETER = re.compile(r",(?=\s*\w+\s*=)")


@dataclass(frozen=True)
class ComponentSpec:
    """The name of a component and the texts of its explicit parameters."""

    name: str
    parameters: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> ComponentSpec:
        """Parse "name" or "name:key=value,key=value"; a value may contain commas and colons."""
        name, colon, rest = text.strip().partition(":")
        if not name:
            raise BadParameter(f"'{text}' names no component; write name or name:key=value")
        parameters: dict[str, str] = {}
        for piece in _NEXT_PARAMETER.split(rest) if colon else ():
            key, equals, value = (part.strip() for part in piece.partition("="))
            if not key or not equals:
                raise BadParameter(f"'{text}': '{piece}' is not a parameter; write name:key=value,key=value")
            if key in parameters:
                raise BadParameter(f"'{text}': {key} is given twice")
            parameters[key] = value
        return cls(name, parameters)


@dataclass(frozen=True)
class System:
    """A named configuration: components as texts of `hashbench run`, and training options that are not the default.

    `departures` names the publication, what it does otherwise, and what it leaves open.
    """

    name: str
    about: str
    encoder: str
    head: str
    objective: str = "bpr"
    train_head: str | None = None
    training: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    departures: str = ""

    def parts(self) -> dict[str, str]:
        """Return the texts of encoder, head and objective, and `train_head` if the system sets it."""
        components = {"encoder": self.encoder, "head": self.head, "objective": self.objective}
        return components | ({"train_head": self.train_head} if self.train_head else {})

    def options(self) -> str:
        """Return the options of `hashbench run` that the system stands for."""
        options = {**self.parts(), **self.training}
        return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in options.items())


@dataclass(frozen=True)
class ParameterInfo:
    """A parameter of a component: its type, default, limits and meaning.

    `type` is "choice" for a parameter with `choices`. `bounds` are texts such as "≥ 1".
    """

    name: str
    type: str
    default: Any
    required: bool
    choices: tuple[str, ...]
    bounds: tuple[str, ...]
    description: str

    @property
    def range(self) -> str:
        """The allowed values as one text; empty if there is no limit."""
        return ", ".join(self.choices or self.bounds)


def expand_lists(component: type[C], spec: ComponentSpec) -> list[ComponentSpec]:
    """Return one spec for each number of a list, as in "hierarchical:candidates=100,200".

    Several lists are combined, each number with each. Only numeric parameters are split at commas.
    """
    hints = get_type_hints(component)
    numbers = {name for name, hint in hints.items() if {hint, *get_args(hint)} & {int, float}}
    choices = [
        [(key, text.strip()) for text in (value.split(",") if key in numbers else [value])]
        for key, value in spec.parameters.items()
    ]
    return [ComponentSpec(spec.name, dict(parameters)) for parameters in itertools.product(*choices)]


def create(component: type[C], spec: ComponentSpec, kind: str) -> C:
    """Build a component from its spec; raises `BadParameter` for an unknown, ill-typed or out-of-range parameter."""
    known = [field.name for field in dataclasses.fields(component)]  # type: ignore[arg-type]
    for key in spec.parameters:
        if key not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise BadParameter(f"{kind} '{spec.name}' has no parameter '{key}'; {has}.{did_you_mean(key, known)}")
    return validated(component, spec.parameters, f"{kind} '{_text(spec)}'")


def validated(component: type[C], parameters: Mapping[str, Any], subject: str) -> C:
    """Build a frozen dataclass; each parameter is checked and converted to its field's type.

    Raises `BadParameter`, whose message begins with `subject`.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        built = TypeAdapter(component).validate_python(dict(parameters))
    except ValidationError as error:
        problems = "; ".join(_problem(detail) for detail in error.errors())
        raise BadParameter(f"{subject}: {problems}") from None
    for name in component.__dataclass_fields__:  # type: ignore[attr-defined]
        value = getattr(built, name)
        if isinstance(value, float) and not math.isfinite(value):
            raise BadParameter(f"{subject}: {name} must be finite, got {value}")
    return built


def canonical(component: Any) -> str:
    """Return the shortest text from which `create` builds an equal component: no defaults, fields in order."""
    parameters = [
        f"{field.name}={_value_text(value)}"
        for field in dataclasses.fields(component)
        if (value := getattr(component, field.name)) != _default(field)
    ]
    name: str = component.name
    return name + (":" + ",".join(parameters) if parameters else "")


def resolved(component: Any) -> dict[str, Any]:
    """Return a component's name and all its parameters, defaults included, as values for JSON."""
    return {"name": component.name, "parameters": dataclasses.asdict(component)}


def parameters_of(component: type[Any]) -> list[ParameterInfo]:
    """Return a description of each parameter of a component class."""
    hints = get_type_hints(component, include_extras=True)
    return [_parameter(field, hints[field.name]) for field in dataclasses.fields(component)]


def identity(parts: Mapping[str, Any]) -> str:
    """Return the id of a canonical description: the first 16 hexadecimal digits of its SHA-256."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _parameter(field: dataclasses.Field[Any], hint: Any) -> ParameterInfo:
    base, *extras = get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
    constraints = [constraint for extra in extras for constraint in getattr(extra, "metadata", [extra])]
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    bounds = tuple(
        f"{sign} {getattr(constraint, bound)}"
        for constraint in constraints
        for bound, sign in signs.items()
        if getattr(constraint, bound, None) is not None
    )
    choices = tuple(str(choice) for choice in get_args(base)) if get_origin(base) is Literal else ()
    description = next((text for extra in extras if (text := getattr(extra, "description", None))), "")
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    type_name = "choice" if choices else getattr(base, "__name__", str(base))
    return ParameterInfo(field.name, type_name, _default(field), required, choices, bounds, description)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None if field.default is dataclasses.MISSING else field.default


def _value_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(spec: ComponentSpec) -> str:
    parameters = ",".join(f"{key}={value}" for key, value in spec.parameters.items())
    return f"{spec.name}:{parameters}" if parameters else spec.name


def _problem(detail: Any) -> str:
    """Return one of pydantic's errors in plain words."""
    name = ".".join(str(part) for part in detail["loc"])
    context = detail.get("ctx", {})
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for bound, words in bounds.items():
        if bound in context:
            return f"{name} must be {words} {context[bound]:g}, got {detail['input']}"
    if detail["type"] == "missing":
        return f"{name} must be given"
    if "expected" in context:
        return f"{name} must be {context['expected']}, got {detail['input']!r}"
    kinds = {
        "int_parsing": "a whole number",
        "int_from_float": "a whole number",
        "int_type": "a whole number",
        "float_parsing": "a number",
        "bool_parsing": "true or false",
        "string_too_short": "given",
    }
    if detail["type"] in kinds:
        return f"{name} must be {kinds[detail['type']]}, got {detail['input']!r}"
    return f"{name}: {detail['msg'].removeprefix('Value error, ')}"
