"""Tests are chosen by name, by what they import, and by their helpers; the nearest come first."""

import subprocess

import pytest

from .affected import (
    CONFORMANCE,
    SMOKE,
    changed_files,
    distances,
    import_graph,
    importer_distances,
    in_order,
    is_beside,
    is_named_after,
)
from .structure import ROOT

GRAPH = {
    "hashbench.errors": set(),
    "hashbench.data.split": {"hashbench.errors"},
    "hashbench.graph.layers": {"hashbench.data.split"},
    "hashbench.reporting.page": set(),
}
FILES = {
    "tests/conftest.py": "",
    "tests/data/test_split.py": "from hashbench.data.split import InteractionSplit\n",
    "tests/graph/test_layers.py": "import hashbench.graph.layers\nfrom .nodes import nodes\n",
    "tests/graph/nodes.py": "",
    "tests/reporting/test_page.py": "from hashbench.reporting import page\n",
    CONFORMANCE: "",
    "plugins/hashbench-x/tests/test_x.py": "",
}


@pytest.fixture
def checkout(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "nearest"),
    [
        ([], {}),
        (["hashbench/data/split.py"], {"tests/data/test_split.py": 0, "tests/graph/test_layers.py": 2}),
        (["hashbench/errors.py"], {"tests/data/test_split.py": 2}),
        (["hashbench/components/heads/lsh.py"], {CONFORMANCE: 2}),
        (["tests/graph/test_layers.py"], {"tests/graph/test_layers.py": 0}),
        (["tests/graph/nodes.py"], {"tests/graph/test_layers.py": 1}),
        (["hashbench/reporting/page.css"], {"tests/reporting/test_page.py": 0}),
        (["plugins/hashbench-x/hashbench_x/__init__.py"], {"plugins/hashbench-x/tests/test_x.py": 0}),
        (
            ["tests/conftest.py"],
            dict.fromkeys([path for path in FILES if path.startswith("tests/") and "/test_" in path], 1),
        ),
        (["LICENSE"], {}),
    ],
)
def test_what_a_change_reaches(checkout, changed, nearest):
    assert distances(checkout, changed, GRAPH) == nearest


def test_the_distance_is_the_number_of_imports():
    assert importer_distances({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": set()}, {"c"}) == {"c": 0, "b": 1, "a": 2}
    assert importer_distances({"a": {"b"}, "b": set()}, {"not there"}) == {"not there": 0}


def test_smoke_tests_come_first_and_then_the_nearest():
    assert in_order({"b": 0, "a": 1, "s": 3, "c": 0}, ["s"]) == ["s", "b", "c", "a"]


def test_smoke_tests_are_there():
    assert [path for path in SMOKE if not (ROOT / path).is_file()] == []


def test_names_of_test_files():
    assert is_named_after("tests/graph/test_layers.py", "hashbench/graph/layers.py")
    assert is_named_after("tests/test_api.py", "hashbench/api.py")
    assert not is_named_after("tests/data/test_layers.py", "hashbench/graph/layers.py")
    assert not is_beside("tests/reporting/test_page.py", "hashbench/reporting/page.py")


def test_the_graph_is_of_the_package():
    assert "hashbench.errors" in import_graph()["hashbench.spec"]


def test_a_change_is_what_differs_from_the_merge_base(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    def commit(name):
        (tmp_path / name).write_text(name)
        git("add", name)
        git("commit", "-m", name)

    assert changed_files(tmp_path) == []
    git("init", "-b", "main")
    commit("old.py")
    git("checkout", "-b", "work")
    commit("new.py")
    git("checkout", "main")
    commit("of_main.py")
    git("checkout", "work")
    (tmp_path / "old.py").write_text("changed")
    (tmp_path / "untracked.py").write_text("")
    assert changed_files(tmp_path) == ["new.py", "old.py", "untracked.py"]
    assert changed_files(tmp_path, "no such branch") == []
