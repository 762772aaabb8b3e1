"""Whether a record is stale: whether the same run would be another one today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hashbench.results.record import RunRecord


def stale(record: RunRecord, resolved: Mapping[str, Any], provenance: Mapping[str, str]) -> str | None:
    """Return what has changed since a record was written, or None: a resolved value, or the version of a package.

    `provenance` holds the versions of hashbench and of the plugins with the run's components. A parameter that is new
    since then changes nothing: its default is the earlier behaviour.
    """
    before = {"hashbench": record.versions.hashbench, **record.versions.plugins}
    for name in sorted({*before, *provenance}):
        if before.get(name) != provenance.get(name):
            return f"made by {name} {before.get(name, '(none)')}, which now is {provenance.get(name, '(none)')}"
    for part in sorted({*record.resolved, *resolved}):
        if (recorded := record.resolved.get(part)) != (current := _restrict_to(recorded, resolved.get(part))):
            return f"{part} was {_brief(recorded)} and now is {_brief(current)}"
    return None


def _restrict_to(recorded: Any, current: Any) -> Any:
    """Return `current` without the keys that `recorded` lacks, at any depth."""
    if not (isinstance(recorded, Mapping) and isinstance(current, Mapping)):
        return current
    return {key: _restrict_to(recorded[key], value) for key, value in current.items() if key in recorded}


def _brief(part: Any) -> str:
    if isinstance(part, dict) and set(part) == {"name", "parameters"}:
        parameters = ",".join(f"{key}={value}" for key, value in part["parameters"].items())
        return f"{part['name']}:{parameters}" if parameters else str(part["name"])
    return str(part)
