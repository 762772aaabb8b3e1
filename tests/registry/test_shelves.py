"""Shelves: one code for components and systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from hashbench.components.heads.lsh import LSH
from hashbench.errors import HashbenchError, UnknownName
from hashbench.registry import shelves
from hashbench.registry.plugins import Contribution, Plugin
from hashbench.registry.shelves import (
    COMPONENT_KINDS,
    HEADS,
    KINDS,
    METRICS,
    RETRIEVERS,
    SYSTEMS,
    create_each,
    find,
    kind_called,
    shelf,
)
from hashbench.spec import System

FIRST = System("twin", "the first", "sage", "lsh")
SECOND = System("twin", "the second", "sage", "itq")


@dataclass(frozen=True)
class OtherLSH(LSH):
    name: ClassVar[str] = "lsh"


class FakePlugins:
    """Two plugins, and what a hook of each returns."""

    def __init__(self, first: list[Any], second: list[Any]) -> None:
        self.discovered = [Plugin("first", "first", "1"), Plugin("second", "second", "2")]
        self.values = [first, second]

    def call(self, hook: str) -> list[Contribution]:
        return [Contribution(plugin, values) for plugin, values in zip(self.discovered, self.values, strict=True)]

    def reject(self, plugin: Plugin, reason: str) -> None:
        plugin.failure = reason


@pytest.fixture
def contribute(monkeypatch):
    """Let two plugins contribute these values, and nothing else be there."""

    def use(first: list[Any], second: list[Any]) -> FakePlugins:
        plugins = FakePlugins(first, second)
        monkeypatch.setattr(shelves, "plugins", lambda: plugins)
        monkeypatch.setattr(shelves, "shelf", shelf.__wrapped__)
        return plugins

    return use


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_unknown_name_of_any_kind_gets_a_suggestion(kind):
    name = next(iter(shelf(kind)))
    with pytest.raises(UnknownName) as error:
        find(kind, f"{name}x")
    assert str(error.value).startswith(f"There is no {kind.title} called '{name}x'. Did you mean '")
    assert str(error.value).endswith(f"(hashbench list {kind.plural})")


@pytest.mark.parametrize(
    ("kind", "first", "second", "paths"),
    [
        (SYSTEMS, FIRST, SECOND, f"{FIRST.options()} and {SECOND.options()}"),
        (HEADS, LSH, OtherLSH, f"{LSH.__module__}.LSH and {OtherLSH.__module__}.OtherLSH"),
    ],
    ids=["systems", "heads"],
)
def test_two_of_one_name_are_an_error(contribute, kind, first, second, paths):
    contribute([first], [second])
    with pytest.raises(HashbenchError) as error:
        shelves.shelf(kind)
    assert str(error.value) == (
        f"Two {kind.title}s are called '{first.name}': {paths}. "
        "Uninstall one, or set HASHBENCH_PLUGINS to the plugins you want."
    )


@pytest.mark.parametrize(("kind", "value"), [(SYSTEMS, FIRST), (HEADS, LSH)], ids=["systems", "heads"])
def test_the_same_one_twice_is_none(contribute, kind, value):
    plugins = contribute([value], [value])
    entries = shelves.shelf(kind)
    assert [(name, entry.value, entry.plugin) for name, entry in entries.items()] == [
        (value.name, value, plugins.discovered[0])
    ]


def test_a_plugin_with_an_unusable_contribution_is_rejected_whole(contribute):
    plugins = contribute([FIRST], [SECOND, "hashgnn"])
    assert list(shelves.shelf(SYSTEMS)) == ["twin"]
    assert plugins.discovered[1].failure == "hashbench_systems gave 'hashgnn', which is not a System"


@pytest.mark.parametrize("kind", COMPONENT_KINDS, ids=str)
def test_built_in_components_have_no_defect(kind):
    assert all(kind.defect(entry.value) is None for entry in shelf(kind).values())


def test_a_metric_has_no_parameters():
    @dataclass(frozen=True)
    class WithParameter:
        name: ClassVar[str] = "x"
        label: ClassVar[str] = "X"
        higher_is_better: ClassVar[bool] = True
        per_user: ClassVar[None] = None
        base: int = 2

    assert METRICS.defect(WithParameter).endswith("which has parameters, but a metric may have none")


def test_a_list_of_numbers_is_one_component_each():
    retrievers = create_each(RETRIEVERS, "hierarchical:candidates=100,200")
    assert [retriever.candidates for retriever in retrievers] == [100, 200]


@pytest.mark.parametrize("name", ["heads", "head", "hash head"])
def test_a_kind_by_its_names(name):
    assert kind_called(name) is HEADS


def test_an_unknown_kind_is_answered_with_all():
    with pytest.raises(UnknownName, match=r"Did you mean 'heads'\? Kinds: datasets, .*, systems, tables\."):
        kind_called("haeds", others=["tables"])
