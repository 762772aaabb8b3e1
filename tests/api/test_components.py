"""Component objects and text are the same to `hashbench.run`."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from hashbench.api.components import component_text
from hashbench.components.encoders.lightgcn import LightGCN
from hashbench.components.heads.lsh import LSH
from hashbench.errors import BadParameter
from hashbench.registry.shelves import ENCODERS, HEADS, create_component


@dataclass(frozen=True)
class Homemade:
    name: ClassVar[str] = "lsh"


def test_an_object_becomes_the_text_that_creates_it():
    text = component_text(ENCODERS, LightGCN(layers=3))
    assert text == "lightgcn:layers=3"
    assert create_component(ENCODERS, text) == LightGCN(layers=3)


def test_text_stays_as_it_is():
    assert component_text(HEADS, "itq:bits=16") == "itq:bits=16"


@pytest.mark.parametrize(
    ("component", "reason"),
    [
        (LSH, r"hash head is the class LSH; write LSH\(\)"),
        (Homemade(), "got Homemade; a class of your own needs a plugin with the hook hashbench_hash_heads"),
        (LightGCN(), "got LightGCN"),
        (64, "got int"),
    ],
    ids=["class", "not installed", "another kind", "number"],
)
def test_anything_else_is_refused_with_what_to_write(component, reason):
    with pytest.raises(BadParameter, match=reason):
        component_text(HEADS, component)
