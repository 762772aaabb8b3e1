"""An experiment: its tables and their keys, with types, defaults and descriptions; `hashbench schema` prints them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, get_type_hints

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hashbench.pipeline import defaults
from hashbench.pipeline.plan import TrainHead
from hashbench.registry import shelves
from hashbench.training.options import TrainingOptions

TRAINING = tuple(field.name for field in fields(TrainingOptions))
"""Names of the training options."""


PARTS_ERROR = "parts"
"""Type of the errors about the parts of a model; their messages are shown unchanged."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


_AsList = BeforeValidator(_as_list, json_schema_input_type=Any)
_NotEmpty = Field(min_length=1)
Texts = Annotated[list[str], _AsList, _NotEmpty]
Seeds = Annotated[list[Annotated[int, Field(ge=0)]], _AsList, _NotEmpty]
Numbers = Annotated[list[Annotated[int, Field(ge=1)]], _AsList, _NotEmpty]
TrainHeads = Annotated[list[TrainHead], _AsList, _NotEmpty]


class Section(BaseModel):
    """A table of the file; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Axes(Section):
    """The axes of the grid: each value is combined with each value of the others. One value needs no brackets."""

    dataset: Texts = Field(description='data sets, such as "ml-1m" or "file:path=log.csv"')
    system: Texts | None = Field(
        default=None, description='whole systems, such as "hashgnn_sp", in place of encoder, head and objective'
    )
    encoder: Texts | None = Field(default=None, description='encoders, such as "lightgcn:layers=3"')
    head: Texts | None = Field(default=None, description='hash heads, such as "guided_ste" or "lsh:bits=32,64"')
    bits: Numbers | None = Field(
        default=None, description="numbers of bits of a code, for every head that has the parameter and does not set it"
    )
    split: Texts = Field(default=[defaults.SPLIT], description="splits of the interactions")
    objective: Texts = Field(default=[defaults.OBJECTIVE], description="objectives, the losses")
    train_head: TrainHeads | None = Field(
        default=None,
        description='"joint" trains a head with its encoder, "post_hoc" on the frozen embeddings; '
        "by default joint, where the head can",
    )
    seed: Seeds = Field(default=[defaults.SEED], description="seeds of split, weights, samples and ties")

    @model_validator(mode="after")
    def _check_parts(self) -> Axes:
        if self.system is None and (self.encoder is None or self.head is None):
            raise PydanticCustomError(PARTS_ERROR, "give encoder and head, or system")
        _check_system(self.system, self.encoder, self.head)
        return self


def _check_system(system: list[str] | None, encoder: list[str] | None, head: list[str] | None) -> None:
    if system is not None and (encoder is not None or head is not None):
        raise PydanticCustomError(PARTS_ERROR, "a system has its encoder and head: give either system or them")


def _training_field(default: Any, annotation: Any) -> Any:
    values: Any = list.__class_getitem__(annotation)
    description = next(part.description for part in annotation.__metadata__ if hasattr(part, "description"))
    text = f"{description}; by default {default}"
    return Annotated[values, _AsList, _NotEmpty] | None, Field(default=None, description=text)


_HINTS = get_type_hints(TrainingOptions, include_extras=True)
TrainingSection: type[Section] = create_model(
    "TrainingSection",
    __base__=Section,
    __doc__="How every model is trained; a list of values makes an axis.",
    **{field.name: _training_field(field.default, _HINTS[field.name]) for field in fields(TrainingOptions)},
)


class Rule(Section):
    """Values of some axes. A bare name of a component ("lsh") matches it with any parameters.

    With a retriever, an exclusion leaves out that search alone, and an inclusion is searched by it instead of
    search.retriever.
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
    def _check_parts(self) -> Rule:
        _check_system(self.system, self.encoder, self.head)
        return self


class SearchSection(Section):
    """How every model is searched."""

    retriever: Texts | None = Field(
        default=None,
        description='retrievers, such as "hierarchical:candidates=100,500"; each searches the heads that it fits; '
        f"by default {', '.join(defaults.RETRIEVERS)}",
    )
    k: Numbers = Field(default=list(defaults.KS), description="lengths of the rankings that are scored")


class Budget(Section):
    """What one call may spend; the next call continues with what remains."""

    hours: float | None = Field(default=None, gt=0, description="hours after which no training starts")
    models: int | None = Field(default=None, ge=1, description="number of models that are trained")


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "it must be a number, got {value}", {"value": repr(value)})
    return value


Number = Annotated[int | float, PlainValidator(_number, json_schema_input_type=float)]


class Range(Section):
    """Numbers from `low` to `high`, both included; whole numbers if both are whole."""

    low: Number
    high: Number
    log: bool = Field(default=False, description="search the logarithm, as for a learning rate")

    @model_validator(mode="after")
    def _check_order(self) -> Range:
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
SearchSpace = dict[str, RangeOrChoices]


class TuneSection(Section):
    """What hashbench tune searches: a range or a list of values for parameters such as training.lr or encoder.layers.

    It applies to the encoders, heads and objectives that have the parameter.
    """

    training: SearchSpace = Field(default_factory=dict)
    encoder: SearchSpace = Field(default_factory=dict)
    head: SearchSpace = Field(default_factory=dict)
    objective: SearchSpace = Field(default_factory=dict)


class Experiment(Section):
    """A grid of runs: the combinations of the axes, without what is excluded, with what is included."""

    name: str = Field(default="", description="name of the experiment, by default that of the file")
    description: str = Field(default="", description="question that the experiment answers")
    axes: Axes
    training: TrainingSection = Field(default_factory=TrainingSection)  # type: ignore[valid-type]
    search: SearchSection = Field(default_factory=SearchSection)
    exclude: list[Rule] = Field(default_factory=list, description="combinations that are left out")
    include: list[Rule] = Field(
        default_factory=list, description="more grids: these values replace those of the axes; exclude does not apply"
    )
    budget: Budget = Field(default_factory=Budget)
    tune: TuneSection = Field(default_factory=TuneSection)

    @model_validator(mode="after")
    def _check_included_parts(self) -> Experiment:
        for index, rule in enumerate(self.include):
            if self.axes.system is not None and (rule.encoder is None) != (rule.head is None):
                text = "include[{index}]: give both encoder and head, because axes has systems"
                raise PydanticCustomError(PARTS_ERROR, text, {"index": index})
        return self


COMPONENTS: Mapping[str, shelves.ComponentKind[Any]] = {
    "dataset": shelves.DATASETS,
    "split": shelves.SPLITS,
    "encoder": shelves.ENCODERS,
    "head": shelves.HEADS,
    "objective": shelves.OBJECTIVES,
    "retriever": shelves.RETRIEVERS,
}
"""Keys whose texts name components, with the kind of component."""
