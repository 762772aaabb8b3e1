"""Components as text: parsing, lists, checks, canonical text, description of parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from hashbench.errors import BadParameter
from hashbench.spec import (
    ComponentSpec,
    System,
    canonical,
    create,
    expand_lists,
    identity,
    parameters_of,
    resolved,
    validated,
)


@dataclass(frozen=True)
class Example:
    """A component with a parameter of each type."""

    name: ClassVar[str] = "example"

    path: Annotated[str, Field(description="a file")]
    bits: Annotated[int, Field(ge=1, le=64, description="length")] = 8
    scale: Annotated[float, Field(gt=0, description="factor")] = 1.0
    bias: Annotated[bool, Field(description="a term")] = False
    mode: Annotated[Literal["a", "b"], Field(description="a way")] = "a"


def test_a_value_may_contain_commas_and_colons() -> None:
    spec = ComponentSpec.parse(" file:path=C:\\logs,2024.csv, user = uid ")
    assert (spec.name, dict(spec.parameters)) == ("file", {"path": "C:\\logs,2024.csv", "user": "uid"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (":a=1", "names no component"),
        ("x:bits", "'bits' is not a parameter"),
        ("x:=1", "is not a parameter"),
        ("x:a=1,a=2", "a is given twice"),
    ],
)
def test_bad_texts(text: str, message: str) -> None:
    with pytest.raises(BadParameter, match=message):
        ComponentSpec.parse(text)


def test_lists_of_numbers_are_combined_and_other_commas_stay() -> None:
    specs = expand_lists(Example, ComponentSpec.parse("example:path=a,b,bits=8, 16,scale=1,2"))
    assert [dict(spec.parameters) for spec in specs] == [
        {"path": "a,b", "bits": bits, "scale": scale} for bits in ("8", "16") for scale in ("1", "2")
    ]


@given(
    st.builds(
        Example,
        path=st.from_regex(r"[a-z/.]+", fullmatch=True),
        bits=st.integers(1, 64),
        scale=st.floats(1e-3, 1e3),
        bias=st.booleans(),
        mode=st.sampled_from(["a", "b"]),
    )
)
def test_canonical_text_creates_an_equal_component(component: Example) -> None:
    assert create(Example, ComponentSpec.parse(canonical(component)), "example") == component


def test_canonical_text_leaves_defaults_out() -> None:
    assert canonical(Example("x", bias=True)) == "example:path=x,bias=true"
    assert resolved(Example("x"))["parameters"] == {"path": "x", "bits": 8, "scale": 1.0, "bias": False, "mode": "a"}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "path must be given"),
        ({"path": "x", "bits": "0"}, "bits must be at least 1, got 0"),
        ({"path": "x", "bits": "65"}, "bits must be at most 64, got 65"),
        ({"path": "x", "bits": "1.5"}, "bits must be a whole number, got '1.5'"),
        ({"path": "x", "scale": "0"}, "scale must be more than 0, got 0"),
        ({"path": "x", "scale": "inf"}, "scale must be finite, got inf"),
        ({"path": "x", "scale": "much"}, "scale must be a number, got 'much'"),
        ({"path": "x", "bias": "perhaps"}, "bias must be true or false, got 'perhaps'"),
        ({"path": "x", "mode": "c"}, "mode must be 'a' or 'b', got 'c'"),
    ],
)
def test_bad_parameters(parameters: dict[str, str], message: str) -> None:
    with pytest.raises(BadParameter) as error:
        validated(Example, parameters, "example")
    assert str(error.value) == f"example: {message}"


def test_an_unknown_parameter_gets_a_suggestion() -> None:
    with pytest.raises(BadParameter, match=r"has no parameter 'bit'; it has path, bits, .*\. Did you mean 'bits'\?"):
        create(Example, ComponentSpec.parse("example:bit=3"), "head")


def test_parameters_are_described() -> None:
    described = {parameter.name: parameter for parameter in parameters_of(Example)}
    assert {name: parameter.type for name, parameter in described.items()} == {
        "path": "str",
        "bits": "int",
        "scale": "float",
        "bias": "bool",
        "mode": "choice",
    }
    assert described["path"].required
    assert not described["bits"].required
    assert described["bits"].range == "≥ 1, ≤ 64"
    assert described["mode"].choices == ("a", "b")
    assert described["mode"].range == "a, b"
    assert described["scale"].description == "factor"


def test_a_system_stands_for_options() -> None:
    system = System("s", "an example", "sage", "lsh", train_head="post_hoc", training={"batch_size": 256})
    assert system.options() == "--encoder sage --head lsh --objective bpr --train-head post_hoc --batch-size 256"
    assert "train_head" not in System("s", "an example", "sage", "lsh").parts()


def test_identity_does_not_depend_on_the_order_of_keys() -> None:
    assert identity({"a": 1, "b": "é"}) == identity({"b": "é", "a": 1})
    assert identity({"a": 1}) != identity({"a": 2})
    assert len(identity({})) == 16
