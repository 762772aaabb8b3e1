"""Every built-in component has a test file with the conformance tests of its kind, and every module a test file."""

import ast
from pathlib import Path

import pytest

from hashbench.registry import shelves
from hashbench.testing.components import ComponentTests

TESTS = Path(__file__).parents[1] / "components"
PACKAGE = Path(__file__).parents[2] / "hashbench" / "components"
MODULES = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]
UNTESTED = (shelves.DATASETS, shelves.SYSTEMS)  # data sets need files, and systems are values
BUILT_IN = [
    pytest.param(kind, entry.value, id=f"{kind.title} {name}")
    for kind in shelves.KINDS
    if kind not in UNTESTED
    for name, entry in shelves.shelf(kind).items()
    if entry.plugin.is_builtin
]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_module_has_a_test_file_of_its_name(module):
    assert (TESTS / module.with_name(f"test_{module.name}")).is_file()


@pytest.mark.parametrize(("kind", "component"), BUILT_IN)
def test_every_component_has_conformance_tests(kind, component):
    module = Path(*component.__module__.split(".")[2:]).with_suffix(".py")
    tree = ast.parse((TESTS / module.with_name(f"test_{module.name}")).read_text())
    assert component.__name__ in {
        assignment.value.func.id
        for test_class in tree.body
        if isinstance(test_class, ast.ClassDef) and any(base.id.endswith("Tests") for base in test_class.bases)
        for assignment in test_class.body
        if isinstance(assignment, ast.Assign) and assignment.targets[0].id == "component"
    }, f"{kind.title} '{component.name}' has no class of conformance tests with `component = {component.__name__}(…)`"


def test_a_component_that_is_no_frozen_dataclass_fails():
    class Thawed(ComponentTests):
        component = type("Component", (), {"name": "thawed", "__doc__": "A component."})()

    with pytest.raises(AssertionError):
        Thawed().test_it_is_a_frozen_dataclass_with_a_name_and_a_docstring()
