"""Cached summary of a finished grid; the file may be deleted at any time."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hashbench.registry.plugins import plugins

FileStamps = dict[str, list[int]]
"""Time of change in ns and size in bytes of each file; an empty list if it does not exist."""

PACKAGE = Path(__file__).parents[1]
"""The folder of hashbench's code."""

VARIABLES = ("HASHBENCH_DATA", "HASHBENCH_PLUGINS", "XDG_CACHE_HOME")
"""Environment variables that a grid depends on."""


@dataclass(frozen=True)
class SummaryCache:
    """The summary lines of a grid, valid until something that they depend on changes.

    They depend on the experiment file, the options, the records, the code of hashbench and of its plugins, and the
    files of the data sets. The experiment file is compared by content, other files by time of change and size.
    """

    file: Path
    dependencies: Mapping[str, Any]

    @classmethod
    def current(cls, experiment: Path, out: Path, options: Mapping[str, Any]) -> SummaryCache:
        """Take the present state of everything that the summary depends on."""
        name = hashlib.sha256(str(experiment.resolve()).encode()).hexdigest()[:16]
        dependencies = {
            "experiment": hashlib.sha256(experiment.read_bytes()).hexdigest() if experiment.is_file() else None,
            "options": {key: str(value) for key, value in options.items()},
            "folder": str(Path.cwd()),
            "environment": {variable: os.environ.get(variable) for variable in VARIABLES},
            "code": _stamps(_code()),
            "plugins": [[plugin.distribution, plugin.version, plugin.failure] for plugin in plugins().discovered],
            "records": _stamps(out.glob("*.json")),
        }
        return cls(out / "models" / "grids" / f"{name}.json", dependencies)

    def with_current_records(self, out: Path) -> SummaryCache:
        """Return a copy with the present state of the records; all else stays as it was when the grid was read."""
        return replace(self, dependencies={**self.dependencies, "records": _stamps(out.glob("*.json"))})

    def load(self) -> list[str] | None:
        """Return the cached lines; None if there are none or if something that they depend on has changed."""
        try:
            cached = json.loads(self.file.read_text("utf-8"))
            unchanged = cached["dependencies"] == self.dependencies
            unchanged = unchanged and cached["data"] == _stamps(map(Path, cached["data"]))
            return list(cached["lines"]) if unchanged else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, lines: Sequence[str], data_files: Iterable[Path] | None) -> None:
        """Save the lines and the state of the data files; without known data files save nothing.

        A folder that cannot be written is ignored: the next call only takes longer.
        """
        from hashbench.results.atomic import atomic_write

        if data_files is None:
            return
        content = {"lines": list(lines), "data": _stamps(data_files), "dependencies": self.dependencies}
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self.file) as stream:
                stream.write(json.dumps(content).encode())
        except OSError:
            return


def _code() -> Iterator[Path]:
    """Yield the source files of hashbench and of its plugins."""
    yield from PACKAGE.rglob("*.py")
    for module in plugins().modules:
        package = sys.modules[module.__name__.partition(".")[0]]
        name = package.__dict__.get("__file__") or module.__dict__.get("__file__")  # namespace packages have none
        if name is not None:
            file = Path(name)
            yield from file.parent.rglob("*.py") if file.name == "__init__.py" else (file,)


def _stamps(files: Iterable[Path]) -> FileStamps:
    stamps: FileStamps = {}
    for file in files:
        try:
            status = file.stat()
            stamps[str(file)] = [status.st_mtime_ns, status.st_size]
        except OSError:
            stamps[str(file)] = []
    return stamps
