"""The shape of the code in figures: sizes, parameters, cycles, hidden imports, names, and tests found by name.

`python tests/structure.py` prints them, `--write` puts the table into docs/tour.md, `--verbose` lists the places.
tests/test_structure.py holds the laws.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import grimp

ROOT = Path(__file__).parents[1]
MAX_PARAMETERS = 8
VAGUE = frozenset({"one", "found", "taken", "told"})
"""Identifiers that say nothing of what they hold."""
WITHOUT_TESTS = {"__init__", "__main__", "version"}
"""Modules without a test file of their name: they have no code of their own."""
MAX_POSITIONAL = 3
"""A public function with so few parameters by position, and all others by keyword alone, is a keyword interface."""
BEGIN, END = "<!-- structure: python tests/structure.py --write -->", "<!-- /structure -->"

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


class Function(NamedTuple):
    """A function of the package, a method or an inner function too."""

    path: str
    name: str
    lines: int
    """From `def` to the last line, without the docstring."""
    parameters: int
    """Without `self` and `cls`, a star counts as one."""
    by_keyword: bool
    """Whether it is called by keyword: it is a command of click, or public with most parameters keyword-only."""

    def __str__(self) -> str:
        return f"{self.path}: {self.name}"


class Structure:
    """What is measured of a checkout."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        """The package's files, parsed, by their path from the root."""
        return {path: parse(self.root / path) for path in python_files(self.root, "hashbench")}

    @cached_property
    def functions(self) -> list[Function]:
        """All functions, the longest first."""
        functions = [function for path, tree in self.trees.items() for function in functions_of(path, tree)]
        return sorted(functions, key=lambda function: -function.lines)

    @property
    def crowded(self) -> list[Function]:
        """Functions of more than MAX_PARAMETERS parameters that are not called by keyword."""
        return [
            function for function in self.functions if function.parameters > MAX_PARAMETERS and not function.by_keyword
        ]

    @property
    def top_modules(self) -> list[str]:
        """Modules at the top level of the package."""
        return sorted(path for path in self.trees if path.count("/") == 1)

    @property
    def packages(self) -> list[str]:
        """Packages at the top level of the package."""
        return sorted({path.split("/")[1] for path in self.trees if path.count("/") > 1})

    @cached_property
    def cycles(self) -> list[list[str]]:
        """Groups of modules that import each other, imports for type checkers included."""
        graph = grimp.build_graph("hashbench", exclude_type_checking_imports=False, cache_dir=None)
        imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
        return [sorted(group) for group in strong_components(imports) if len(group) > 1]

    @cached_property
    def hidden_imports(self) -> list[str]:
        """Imports inside functions, outside `cli/`: `path:line: statement`."""
        return [
            f"{path}:{node.lineno}: {ast.unparse(node)}"
            for path, tree in self.trees.items()
            if not path.startswith("hashbench/cli/")
            for node in imports_in_functions(tree)
        ]

    @cached_property
    def vague_names(self) -> list[str]:
        """Identifiers of VAGUE in the whole repository: `path:line: name`."""
        return [
            f"{path}:{line}: {name}"
            for folder in ("hashbench", "tests", "plugins", "benchmarks")
            for path in python_files(self.root, folder)
            for line, name in sorted(set(identifiers(parse(self.root / path))))
            if name in VAGUE
        ]

    @cached_property
    def without_test_file(self) -> list[str]:
        """Modules whose test file does not stand where its name says."""
        return [
            path
            for path in self.trees
            if Path(path).stem not in WITHOUT_TESTS and not (self.root / test_file_of(path)).is_file()
        ]

    def table(self) -> str:
        """The figures as a Markdown table."""
        lines = [function.lines for function in self.functions]
        rows = [
            ("files", len(self.trees)),
            ("functions", len(lines)),
            ("lines per function, mean", f"{sum(lines) / len(lines):.1f}"),
            ("lines of the longest function", f"{lines[0]} (`{self.functions[0].name}`)"),
            (f"functions of more than {MAX_PARAMETERS} parameters, keyword interfaces left out", len(self.crowded)),
            ("modules at the top level", len(self.top_modules)),
            ("packages at the top level", len(self.packages)),
            ("import cycles, imports for type checkers included", len(self.cycles)),
            ("imports inside functions, outside `cli/`", len(self.hidden_imports)),
            (f"identifiers {', '.join(f'`{name}`' for name in sorted(VAGUE))}", len(self.vague_names)),
            ("modules without a test file of their name", len(self.without_test_file)),
        ]
        return "\n".join(["| figure | value |", "| --- | ---: |", *(f"| {name} | {value} |" for name, value in rows)])

    def places(self) -> str:
        """What stands behind the figures, place by place."""
        sections = {
            "longest functions": [f"{function}, {function.lines} lines" for function in self.functions[:10]],
            "too many parameters": [f"{function}, {function.parameters}" for function in self.crowded],
            "cycles": [" – ".join(cycle) for cycle in self.cycles],
            "imports inside functions": self.hidden_imports,
            "vague identifiers": self.vague_names,
            "without a test file": [f"{path} (no {test_file_of(path)})" for path in self.without_test_file],
        }
        return "\n".join(line for title, places in sections.items() for line in (f"\n{title}:", *places))


def python_files(root: Path, folder: str) -> list[str]:
    """The Python files of a folder, by their path from the root."""
    return sorted(path.relative_to(root).as_posix() for path in (root / folder).rglob("*.py"))


def test_file_of(path: str) -> str:
    """Where the tests of a module stand: `hashbench/graph/layers.py` has `tests/graph/test_layers.py`."""
    module = Path(path)
    return (Path("tests", *module.parts[1:-1]) / f"test_{module.name}").as_posix()


def parse(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions_of(path: str, tree: ast.Module) -> Iterator[Function]:
    """The functions of a file."""
    for node in ast.walk(tree):
        if not isinstance(node, FUNCTION):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
        arguments = node.args
        names = [argument.arg for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]]
        n_parameters = len([name for name in names if name not in ("self", "cls")])
        n_parameters += (arguments.vararg is not None) + (arguments.kwarg is not None)
        decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
        is_command = any(text.startswith("click.") or ".command(" in text for text in decorators)
        n_positional = n_parameters - len(arguments.kwonlyargs)
        is_interface = not node.name.startswith("_") and n_positional <= MAX_POSITIONAL
        yield Function(path, node.name, lines, n_parameters, is_command or is_interface)


def imports_in_functions(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    """Import statements that run when a function is called."""
    imports = {
        node
        for function in ast.walk(tree)
        if isinstance(function, FUNCTION)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return sorted(imports, key=lambda node: node.lineno)


def identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Each name that a file binds, reads, passes or defines, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.arg) or (isinstance(node, ast.keyword) and node.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.alias):
            yield node.lineno, node.asname or node.name
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name


def strong_components(graph: dict[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of a directed graph (Tarjan, 1972), without recursion."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    components: list[list[str]] = []
    for root in sorted(graph):
        if root in order:
            continue
        calls = [(root, iter(sorted(graph[root])))]
        while calls:
            node, targets = calls[-1]
            if node not in order:
                order[node] = low[node] = len(order)
                stack.append(node)
                on_stack.add(node)
            for target in targets:
                if target not in order:
                    calls.append((target, iter(sorted(graph[target]))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], order[target])
            else:
                calls.pop()
                if calls:
                    low[calls[-1][0]] = min(low[calls[-1][0]], low[node])
                if low[node] == order[node]:
                    component = stack[stack.index(node) :]
                    del stack[len(stack) - len(component) :]
                    on_stack.difference_update(component)
                    components.append(component)
    return components


def written_table(page: str) -> str:
    """The table as it stands in a page."""
    return page.partition(BEGIN)[2].partition(END)[0].strip()


def with_table(page: str, table: str) -> str:
    """The page with another table between the marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Print the table, and more if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help="put the table into docs/tour.md")
    parser.add_argument("--verbose", action="store_true", help="list the places too")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))  # the package of this checkout, not an installed one
    structure = Structure()
    print(structure.table())
    if arguments.verbose:
        print(structure.places())
    if arguments.write:
        page = ROOT / "docs" / "tour.md"
        page.write_text(with_table(page.read_text(encoding="utf-8"), structure.table()), encoding="utf-8")


if __name__ == "__main__":
    main()
