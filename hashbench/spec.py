"""Components as text: "guided_ste:bits=64" to a frozen dataclass, and back to its canonical text."""

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
from typing import Any, TypeVar, get_args, get_type_hints

from hashbench.errors import BadParameter, did_you_mean

C = TypeVar("C")
_NEXT_PARAMETER = re.compile(r",(?=\s*\w+\s*=)")


@dataclass(frozen=True)
class ComponentSpec:
    """A component's name and the parameters given for it, as text."""

    name: str
    parameters: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> ComponentSpec:
        """Read "name" or "name:key=value,key=value"; a value may hold commas and colons."""
        name, colon, rest = text.strip().partition(":")
        if not name:
            raise BadParameter(f"'{text}' names no component; write name or name:key=value")
        parameters: dict[str, str] = {}
        for piece in _NEXT_PARAMETER.split(rest) if colon else ():
            key, equals, value = (part.strip() for part in piece.partition("="))
            if not key or not equals:
                raise BadParameter(f"'{text}': '{piece}' is no parameter; write name:key=value,key=value")
            if key in parameters:
                raise BadParameter(f"'{text}': {key} is given twice")
            parameters[key] = value
        return cls(name, parameters)


@dataclass(frozen=True)
class System:
    """A named configuration: texts as `hashbench run` takes them, and training options other than the defaults.

    `departures` says where it was published, what is otherwise there, and what it leaves open.
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
        """Return encoder, head and objective, and train_head where it says which."""
        found = {"encoder": self.encoder, "head": self.head, "objective": self.objective}
        return found | ({"train_head": self.train_head} if self.train_head else {})

    def options(self) -> str:
        """Return what it expands to, as options of `hashbench run`."""
        given = {**self.parts(), **self.training}
        return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in given.items())


@dataclass(frozen=True)
class ParameterInfo:
    """A parameter as `hashbench describe` shows it."""

    name: str
    type: str
    default: Any
    required: bool
    range: str
    description: str


def each(component: type[C], spec: ComponentSpec) -> list[ComponentSpec]:
    """Read lists of numbers, as in "hierarchical:candidates=100,200", as a spec for each; of several, for each pair.

    Parameters that are no numbers keep their commas.
    """
    hints = get_type_hints(component)
    numbers = {name for name, hint in hints.items() if {hint, *get_args(hint)} & {int, float}}
    choices = [
        [(key, one.strip()) for one in (value.split(",") if key in numbers else [value])]
        for key, value in spec.parameters.items()
    ]
    return [ComponentSpec(spec.name, dict(chosen)) for chosen in itertools.product(*choices)]


def create(component: type[C], spec: ComponentSpec, kind: str) -> C:
    """Build a component from its spec; unknown, ill-typed and out-of-range parameters are `BadParameter`."""
    known = [field.name for field in dataclasses.fields(component)]  # type: ignore[arg-type]
    for key in spec.parameters:
        if key not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise BadParameter(f"{kind} '{spec.name}' has no parameter '{key}'; {has}.{did_you_mean(key, known)}")
    return validated(component, spec.parameters, f"{kind} '{_text(spec)}'")


def validated(component: type[C], parameters: Mapping[str, Any], subject: str) -> C:
    """Build a frozen dataclass from its parameters, each checked and turned into its type."""
    from pydantic import TypeAdapter, ValidationError

    try:
        built = TypeAdapter(component).validate_python(dict(parameters))
    except ValidationError as error:
        problems = "; ".join(_problem(detail) for detail in error.errors())
        raise BadParameter(f"{subject}: {problems}") from None
    for field in dataclasses.fields(component):  # type: ignore[arg-type]
        value = getattr(built, field.name)
        if isinstance(value, float) and not math.isfinite(value):
            raise BadParameter(f"{subject}: {field.name} must be finite, got {value}")
    return built


def canonical(component: Any) -> str:
    """Return the shortest text that `create` turns into an equal component: defaults left out, fields in order."""
    given = [
        f"{field.name}={_value_text(value)}"
        for field in dataclasses.fields(component)
        if (value := getattr(component, field.name)) != _default(field)
    ]
    name: str = component.name
    return name + (":" + ",".join(given) if given else "")


def resolved(component: Any) -> dict[str, Any]:
    """Return name and all parameters, defaults included, ready for JSON."""
    return {"name": component.name, "parameters": dataclasses.asdict(component)}


def parameters_of(component: type[Any]) -> list[ParameterInfo]:
    """Describe a component's parameters: type, default, range and meaning."""
    hints = get_type_hints(component, include_extras=True)
    return [_parameter(field, hints[field.name]) for field in dataclasses.fields(component)]


def identity(parts: Mapping[str, Any]) -> str:
    """Return the identity of a canonical description: the first 16 hexadecimal digits of its SHA-256."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _parameter(field: dataclasses.Field[Any], hint: Any) -> ParameterInfo:
    base, *extras = get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
    constraints = [piece for extra in extras for piece in getattr(extra, "metadata", [extra])]
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    bounds = [
        f"{sign} {getattr(piece, bound)}"
        for piece in constraints
        for bound, sign in signs.items()
        if getattr(piece, bound, None) is not None
    ]
    choices = ", ".join(str(choice) for choice in get_args(base)) if "Literal" in str(base) else ""
    description = next((text for extra in extras if (text := getattr(extra, "description", None))), "")
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    name = "choice" if choices else getattr(base, "__name__", str(base))
    return ParameterInfo(field.name, name, _default(field), required, choices or ", ".join(bounds), description)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None if field.default is dataclasses.MISSING else field.default


def _value_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(spec: ComponentSpec) -> str:
    given = ",".join(f"{key}={value}" for key, value in spec.parameters.items())
    return f"{spec.name}:{given}" if given else spec.name


def _problem(detail: Any) -> str:
    where = ".".join(str(part) for part in detail["loc"])
    context = detail.get("ctx", {})
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for bound, words in bounds.items():
        if bound in context:
            return f"{where} must be {words} {context[bound]:g}, got {detail['input']}"
    if detail["type"] == "missing":
        return f"{where} must be given"
    if "expected" in context:
        return f"{where} must be {context['expected']}, got {detail['input']!r}"
    kinds = {
        "int_parsing": "a whole number",
        "int_from_float": "a whole number",
        "int_type": "a whole number",
        "float_parsing": "a number",
        "bool_parsing": "true or false",
        "string_too_short": "given",
    }
    if detail["type"] in kinds:
        return f"{where} must be {kinds[detail['type']]}, got {detail['input']!r}"
    return f"{where}: {detail['msg'].removeprefix('Value error, ')}"
