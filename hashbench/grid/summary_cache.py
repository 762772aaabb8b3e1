"""What was said of a grid with nothing left to do, to say it again at once; a cache that may be deleted."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import hashbench
from hashbench.registry.plugins import plugins

Stamps = dict[str, list[int]]
VARIABLES = ("HASHBENCH_DATA", "HASHBENCH_PLUGINS", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class SummaryCache:
    """Lines about a grid, good as long as nothing that they depend on has changed.

    That is the experiment file, the options, the records, the code of hashbench and of its plugins, and the files of
    the data sets; all but the first two are known by their time of change and size.
    """

    file: Path
    depends: Mapping[str, Any]

    @classmethod
    def of(cls, experiment: Path, out: Path, options: Mapping[str, Any]) -> SummaryCache:
        """Look at what the lines depend on, as it is now."""
        name = hashlib.sha256(str(experiment.resolve()).encode()).hexdigest()[:16]
        depends = {
            "experiment": hashlib.sha256(experiment.read_bytes()).hexdigest() if experiment.is_file() else None,
            "options": {key: str(value) for key, value in options.items()},
            "folder": str(Path.cwd()),
            "environment": {variable: os.environ.get(variable) for variable in VARIABLES},
            "code": _stamps(file for package in _packages() for file in _sources(package)),
            "plugins": [[one.distribution, one.version, one.failure] for one in plugins().found],
            "records": _stamps(out.glob("*.json")),
        }
        return cls(out / "models" / "grids" / f"{name}.json", depends)

    def now(self, out: Path) -> SummaryCache:
        """Return what the lines depend on with the records of now; all else is as it was when the grid was read."""
        return replace(self, depends={**self.depends, "records": _stamps(out.glob("*.json"))})

    def recall(self) -> list[str] | None:
        """Return the lines, if they still hold."""
        try:
            kept = json.loads(self.file.read_text("utf-8"))
            same = kept["depends"] == self.depends and kept["data"] == _stamps(map(Path, kept["data"]))
            return list(kept["lines"]) if same else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, lines: Sequence[str], data: Iterable[Path] | None) -> None:
        """Keep the lines, found after this was made, and the files of the data; where those are not told, do not.

        A folder that cannot be written only costs time.
        """
        from hashbench.results.atomic import atomic_write

        if data is None:
            return
        text = json.dumps({"lines": list(lines), "data": _stamps(data), "depends": self.depends})
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self.file) as stream:
                stream.write(text.encode())
        except OSError:
            return


def _packages() -> Iterator[ModuleType]:
    yield hashbench
    for module in plugins().modules:
        package = sys.modules[module.__name__.partition(".")[0]]
        yield module if getattr(package, "__file__", None) is None else package


def _sources(package: ModuleType) -> Iterator[Path]:
    """Give a package's files, or the one of a module that is no package."""
    file = getattr(package, "__file__", None)
    if file is not None:
        path = Path(file)
        yield from path.parent.rglob("*.py") if path.name == "__init__.py" else (path,)


def _stamps(files: Iterable[Path]) -> Stamps:
    found: Stamps = {}
    for file in files:
        try:
            about = file.stat()
            found[str(file)] = [about.st_mtime_ns, about.st_size]
        except OSError:
            found[str(file)] = []
    return found
