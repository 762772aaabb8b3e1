"""Records that no longer say what the same run would say today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hashbench.results.record import RunRecord


def stale(record: RunRecord, resolved: Mapping[str, Any], provenance: Mapping[str, str]) -> str | None:
    """Say what has changed since a record was made, or None: resolved values, or the versions of what made it.

    `provenance` names hashbench and the plugins that the run's components come with. A parameter that was not there yet
    changes nothing: its default is what was.
    """
    before = {"hashbench": record.versions.hashbench, **record.versions.plugins}
    for name in sorted({*before, *provenance}):
        if before.get(name) != provenance.get(name):
            return f"made by {name} {before.get(name, '(none)')}, which now is {provenance.get(name, '(none)')}"
    for part in sorted({*record.resolved, *resolved}):
        if (was := record.resolved.get(part)) != (now := _as_far_as(was, resolved.get(part))):
            return f"{part} was {_brief(was)} and now is {_brief(now)}"
    return None


def _as_far_as(was: Any, now: Any) -> Any:
    """Return `now` without what `was` does not name, at any depth."""
    if not (isinstance(was, Mapping) and isinstance(now, Mapping)):
        return now
    return {key: _as_far_as(was[key], value) for key, value in now.items() if key in was}


def _brief(part: Any) -> str:
    if isinstance(part, dict) and set(part) == {"name", "parameters"}:
        given = ",".join(f"{key}={value}" for key, value in part["parameters"].items())
        return f"{part['name']}:{given}" if given else str(part["name"])
    return str(part)
