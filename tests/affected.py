"""Runs the tests that a change touches, the nearest first: what `tox -e quick` runs after lint, layers and types.

    python tests/affected.py --list                 the test files, and how near each is to the change
    python tests/affected.py --budget 60 -n 2       run them; what follows goes to pytest

A change is what differs from the merge base with the main branch, files that git does not track yet included. A test
file is at distance 0 if it is changed or named after a changed module, 1 if it imports a changed module, 2 if it
imports a module that imports a changed one. Farther tests and slow ones are left to CI. Smoke tests run first.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
MAIN_BRANCHES = ("main", "origin/main")
SMOKE = (
    "tests/test_structure.py",
    "tests/test_documents.py",
    "tests/registry/test_docs.py",
    "tests/data/test_interactions.py",
    "tests/components/test_metrics.py",
)
"""Tests of a few seconds that most mistakes break."""
MAX_DISTANCE = 2
CONFORMANCE = "tests/testing/test_components.py"
"""Tests of all built-in components, which are named as strings, so that the graph of imports does not show them."""


def changed_files(root: Path, base: str | None = None) -> list[str]:
    """What differs from the merge base with `base` or a main branch; nothing where git knows none."""
    for branch in (base,) if base else MAIN_BRANCHES:
        merge_base = git(root, "merge-base", "HEAD", branch)
        if merge_base:
            tracked = git(root, "diff", "--name-only", merge_base[0])
            return sorted({*tracked, *git(root, "ls-files", "--others", "--exclude-standard")})
    return []


def git(root: Path, *arguments: str) -> list[str]:
    """The lines that a git command prints, none if it fails."""
    try:
        ended = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        return []
    return ended.stdout.splitlines() if ended.returncode == 0 else []


def test_files(root: Path) -> list[str]:
    """All test files, by their path from the root."""
    folders = [root / "tests", *(root / "plugins").glob("*/tests")]
    return sorted(path.relative_to(root).as_posix() for folder in folders for path in folder.rglob("test_*.py"))


def distances(root: Path, changed: Iterable[str], graph: Mapping[str, set[str]]) -> dict[str, int]:
    """The distance of each test file that the changes reach; `graph` says which modules import which."""
    changed = set(changed)
    module_distance = importer_distances(graph, {module_of(path) for path in changed})
    nearest: dict[str, int] = {}
    for path in test_files(root):
        sources = with_helpers(root, path)
        reached = [module_distance[name] + 1 for name in imported_modules(root, sources) if name in module_distance]
        if path in changed or any(is_named_after(path, source) or is_beside(path, source) for source in changed):
            reached.append(0)
        if sources & changed:
            reached.append(1)
        if path == CONFORMANCE and any(source.startswith("hashbench/components/") for source in changed):
            reached.append(2)
        if reached and min(reached) <= MAX_DISTANCE:
            nearest[path] = min(reached)
    return nearest


def in_order(nearest: Mapping[str, int], smoke: Sequence[str] = SMOKE) -> list[str]:
    """The smoke tests, then the test files that the changes reach, the nearest first."""
    return [*smoke, *sorted(nearest.keys() - set(smoke), key=lambda path: (nearest[path], path))]


def import_graph() -> dict[str, set[str]]:
    """Which modules of hashbench import which, at run time."""
    graph = grimp.build_graph("hashbench", exclude_type_checking_imports=True, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def importer_distances(graph: Mapping[str, set[str]], targets: set[str]) -> dict[str, int]:
    """How many imports lie between each module and the nearest target: 0 for the targets themselves."""
    importers: dict[str, set[str]] = {}
    for module, imported in graph.items():
        for name in imported:
            importers.setdefault(name, set()).add(module)
    distance = dict.fromkeys(targets, 0)
    layer, n_steps = targets, 0
    while layer:
        n_steps += 1
        layer = {importer for module in layer for importer in importers.get(module, ())} - distance.keys()
        distance |= dict.fromkeys(layer, n_steps)
    return distance


def module_of(path: str) -> str:
    """The module of a file: `hashbench/graph/__init__.py` is `hashbench.graph`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_named_after(test: str, source: str) -> bool:
    """Whether a test file is the one of a source file: tests/graph/test_layers.py of hashbench/graph/layers.py."""
    module = Path(source)
    return module.suffix == ".py" and test == Path("tests", *module.parts[1:-1], f"test_{module.name}").as_posix()


def is_beside(test: str, source: str) -> bool:
    """Whether a test file is of a changed file's plugin, or of the folder of a changed file that is no module."""
    parts = source.split("/")
    if parts[0] == "plugins":
        return test.startswith(f"plugins/{parts[1]}/tests/")
    is_data = parts[0] == "hashbench" and not source.endswith(".py")
    return is_data and test.startswith(f"tests/{parts[1]}/")


def with_helpers(root: Path, path: str) -> set[str]:
    """A test file and the files of tests/ that it imports, directly or not, and the conftest files above it."""
    files, waiting = set(), [path]
    while waiting:
        file = waiting.pop()
        if file in files:
            continue
        files.add(file)
        folder = Path(file).parent
        conftests = [above / "conftest.py" for above in (folder, *folder.parents) if above != Path()]
        waiting += [conftest.as_posix() for conftest in conftests if (root / conftest).is_file()]
        for node in ast.walk(parse(root / file)):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = Path(file).parents[node.level - 1]
                candidates = [base.joinpath(*(node.module or "").split("."))]
                candidates += [candidates[0] / alias.name for alias in node.names]
                modules = (candidate.with_name(f"{candidate.name}.py") for candidate in candidates)
                waiting += [module.as_posix() for module in modules if (root / module).is_file()]
    return files


def imported_modules(root: Path, files: Iterable[str]) -> set[str]:
    """The modules of hashbench that test files import; `from package import name` may mean a module too."""
    names: set[str] = set()
    for file in files:
        for node in ast.walk(parse(root / file)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.split(".")[0] == "hashbench"}


def parse(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def main() -> None:
    """List the test files, or run them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--base", help="the branch that the change is compared with (main)")
    parser.add_argument("--list", action="store_true", help="print the test files and run nothing")
    arguments, for_pytest = parser.parse_known_args()
    sys.path.insert(0, str(ROOT))  # the package of this checkout, not an installed one
    changed = changed_files(ROOT, arguments.base)
    nearest = distances(ROOT, changed, import_graph())
    files = in_order(nearest)
    if arguments.list:
        print("\n".join(f"{nearest.get(file, 'smoke')!s:>5}  {file}" for file in files))
        return
    print(f"{len(changed)} changed files, {len(files)} test files", flush=True)
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "-m", "not slow", *for_pytest, *files])


if __name__ == "__main__":
    main()
