"""The experiment file: TOML, typed, and every mistake in it told at once with its place."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hashbench.errors import HashbenchError, did_you_mean, why
from hashbench.pipeline import defaults
from hashbench.registry import shelves
from hashbench.registry.systems import find as find_system
from hashbench.training.options import TrainingOptions


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


_Listed = BeforeValidator(_listed, json_schema_input_type=Any)
_NotEmpty = Field(min_length=1)
Texts = Annotated[list[str], _Listed, _NotEmpty]
Seeds = Annotated[list[Annotated[int, Field(ge=0)]], _Listed, _NotEmpty]
Numbers = Annotated[list[Annotated[int, Field(ge=1)]], _Listed, _NotEmpty]
TrainHeads = Annotated[list[Literal["joint", "post_hoc"]], _Listed, _NotEmpty]


class Section(BaseModel):
    """A table of the file; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Axes(Section):
    """What is combined, each with each; one value may stand without brackets."""

    dataset: Texts = Field(description='data sets, such as "ml-1m" or "file:path=log.csv"')
    system: Texts | None = Field(
        default=None, description='whole systems, such as "hashgnn_sp", in the place of encoder, head and objective'
    )
    encoder: Texts | None = Field(default=None, description='encoders, such as "lightgcn:layers=3"')
    head: Texts | None = Field(default=None, description='hash heads, such as "guided_ste" or "lsh:bits=32,64"')
    bits: Numbers | None = Field(
        default=None, description="lengths of a code, for every head that has bits and names none"
    )
    split: Texts = Field(default=[defaults.SPLIT], description="rules that divide the interactions")
    objective: Texts = Field(default=[defaults.OBJECTIVE], description="losses")
    train_head: TrainHeads | None = Field(
        default=None,
        description='"joint" trains a head with its encoder, "post_hoc" on the frozen embeddings; '
        "by default joint, where the head can",
    )
    seed: Seeds = Field(default=[defaults.SEED], description="seeds of split, weights, samples and ties")

    @model_validator(mode="after")
    def _whole(self) -> Axes:
        if self.system is None and (self.encoder is None or self.head is None):
            raise PydanticCustomError("whole", "encoder and head must be given, or system")
        if self.system is not None and (self.encoder is not None or self.head is not None):
            raise PydanticCustomError("whole", "system stands for encoder and head: give either it or them")
        return self


def _training_fields() -> dict[str, Any]:
    found: dict[str, Any] = {}
    hints: dict[str, Any] = get_type_hints(TrainingOptions, include_extras=True)
    for field in fields(TrainingOptions):
        each: Any = list.__class_getitem__(hints[field.name])
        found[field.name] = (
            Annotated[each, _Listed, _NotEmpty] | None,
            Field(default=None, description=f"by default {field.default}"),
        )
    return found


TrainingSection: type[Section] = create_model(
    "TrainingSection",
    __base__=Section,
    __doc__="How every model is trained; a list of values makes an axis.",
    **_training_fields(),
)


class Rule(Section):
    """Values of some axes. A component is named bare ("lsh"), which means it with any parameters, or in full.

    With a retriever an exclusion is of that search alone; an inclusion is searched by it in place of search.retriever.
    """

    dataset: Texts | None = None
    system: Texts | None = None
    encoder: Texts | None = None
    head: Texts | None = None
    bits: Numbers | None = None
    split: Texts | None = None
    objective: Texts | None = None
    train_head: TrainHeads | None = None
    seed: Seeds | None = None
    training: TrainingSection | None = None  # type: ignore[valid-type]
    retriever: Texts | None = None

    @model_validator(mode="after")
    def _either(self) -> Rule:
        if self.system is not None and (self.encoder is not None or self.head is not None):
            raise PydanticCustomError("whole", "system stands for encoder and head: give either it or them")
        return self


class SearchSection(Section):
    """How every model is searched."""

    retriever: Texts | None = Field(
        default=None,
        description='retrievers, such as "hierarchical:candidates=100,500", as far as they fit a head; '
        f"by default {', '.join(defaults.RETRIEVERS)}",
    )
    k: Numbers = Field(default=list(defaults.KS), description="lengths of the rankings that are scored")


class Budget(Section):
    """What one call may take; what is left is for the next."""

    hours: float | None = Field(default=None, gt=0, description="no model is begun after so many hours")
    models: int | None = Field(default=None, ge=1, description="no more models are begun than so many")


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "it must be a number, got {value}", {"value": repr(value)})
    return value


Number = Annotated[int | float, PlainValidator(_number, json_schema_input_type=float)]


class Range(Section):
    """Numbers from `low` to `high`, both included: whole ones if both are whole."""

    low: Number
    high: Number
    log: bool = Field(default=False, description="search their logarithms, as for a learning rate")

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.low >= self.high:
            raise PydanticCustomError("order", "low must be less than high")
        if self.log and self.low <= 0:
            raise PydanticCustomError("positive", "low must be above 0 for log")
        return self


Choices = Annotated[list[bool | int | float | str], Field(min_length=1)]
RangeOrChoices = Annotated[
    Annotated[Range, Tag("[range]")] | Annotated[Choices, Tag("[choices]")],
    Discriminator(lambda value: "[choices]" if isinstance(value, list) else "[range]"),
]
Searched = dict[str, RangeOrChoices]


class TuneSection(Section):
    """What hashbench tune searches: ranges or lists of values of parameters, such as training.lr or encoder.layers.

    Of the encoders, heads and objectives it concerns those that have such a parameter.
    """

    training: Searched = Field(default_factory=dict)
    encoder: Searched = Field(default_factory=dict)
    head: Searched = Field(default_factory=dict)
    objective: Searched = Field(default_factory=dict)


class Experiment(Section):
    """A grid of runs: axes combined each with each, less what is excluded, plus what is included."""

    name: str = Field(default="", description="what it is called")
    description: str = Field(default="", description="what it is for")
    axes: Axes
    training: TrainingSection = Field(default_factory=TrainingSection)  # type: ignore[valid-type]
    search: SearchSection = Field(default_factory=SearchSection)
    exclude: list[Rule] = Field(default_factory=list, description="combinations that are left out")
    include: list[Rule] = Field(
        default_factory=list, description="more grids: these values in place of the axes' own, exclusions aside"
    )
    budget: Budget = Field(default_factory=Budget)
    tune: TuneSection = Field(default_factory=TuneSection)

    @model_validator(mode="after")
    def _whole_rules(self) -> Experiment:
        for place, rule in enumerate(self.include):
            if self.axes.system is not None and (rule.encoder is None) != (rule.head is None):
                where = {"place": place}
                raise PydanticCustomError(
                    "whole", "include[{place}]: give encoder and head, for axes names systems", where
                )
        return self


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

COMPONENTS: Mapping[str, shelves.Kind[Any]] = {
    "dataset": shelves.DATASETS,
    "split": shelves.SPLITS,
    "encoder": shelves.ENCODERS,
    "head": shelves.HEADS,
    "objective": shelves.OBJECTIVES,
    "retriever": shelves.RETRIEVERS,
}
"""The keys whose texts name components."""


def read(file: Path) -> Experiment:
    """Read an experiment file; raises `HashbenchError` that lists whatever is wrong with it."""
    try:
        text = file.read_bytes().decode("utf-8")
        given = tomllib.loads(text)
    except UnicodeDecodeError:
        raise HashbenchError(f"{file}: no TOML: not UTF-8 text") from None
    except OSError as error:
        raise HashbenchError(f"{file}: cannot be read: {why(error)}") from None
    except tomllib.TOMLDecodeError as error:
        raise HashbenchError(f"{file}: no TOML: {error}") from None
    return parse(given, str(file))


def parse(given: Mapping[str, Any], source: str) -> Experiment:
    """Check what stands in an experiment file."""
    problems = []
    experiment = None
    try:
        experiment = Experiment.model_validate(dict(given))
    except ValidationError as error:
        problems += [_problem(detail) for detail in error.errors()]
    problems += _component_problems(given)
    if problems or experiment is None:
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        raise HashbenchError(f"{source} has {count}:" + "".join(f"\n  {problem}" for problem in problems))
    return experiment


def _component_problems(given: Mapping[str, Any]) -> Iterator[str]:
    """Check names and parameters of components, wherever they stand as text."""
    for where, table in _tables(given):
        whole = not where.startswith("exclude")  # there a bare name stands for any parameters
        for key, value in table.items():
            if key != "system" and key not in COMPONENTS:
                continue
            for place, text in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(text, str) and (problem := _component_problem(key, text, whole)):
                    yield f"{where}.{key}{f'[{place}]' if isinstance(value, list) else ''}: {problem}"


def _tables(given: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in ("axes", "search"):
        if isinstance(table := given.get(name), Mapping):
            yield name, table
    for name in ("exclude", "include"):
        rules = given.get(name)
        for place, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, Mapping):
                yield f"{name}[{place}]", rule


def _component_problem(key: str, text: str, whole: bool) -> str | None:
    try:
        if key == "system":
            if not whole:
                return "systems cannot be excluded: name what they stand for"
            find_system(text)
        elif whole or ":" in text:
            shelves.create_each(COMPONENTS[key], text)
        else:
            shelves.find(COMPONENTS[key], text)
    except HashbenchError as error:
        return str(error)
    return None


def _section(steps: Sequence[Any]) -> type[Section]:
    """Return the table in which the key at the end of these steps stands."""
    if steps[0] == "tune" and len(steps) > 3:
        return Range
    if "training" in steps[:-1] and steps[0] != "tune":
        return TrainingSection
    return SECTIONS[str(steps[0]) if len(steps) > 1 else ""]


def _problem(detail: Any) -> str:
    """Write one of pydantic's findings with its dotted place."""
    steps = [step for step in detail["loc"] if not (isinstance(step, str) and "[" in step)]
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
    kind, context, value = detail["type"], detail.get("ctx", {}), detail.get("input")
    if kind == "extra_forbidden":
        known = list(_section(steps).model_fields)
        return f"{where}: there is no such key; there are {', '.join(known)}.{did_you_mean(str(steps[-1]), known)}"
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for bound, words in bounds.items():
        if bound in context:
            return f"{where}: it must be {words} {context[bound]:g}, got {value!r}"
    kinds = {
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
    }
    said = kinds.get(kind) or (detail["msg"] if kind == "whole" else detail["msg"].lower())
    return f"{where}: {said}" if where else said
