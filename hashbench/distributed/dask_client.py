"""The way to a Dask cluster: its scheduler's address, and workers that can stand in for this process."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from hashbench.errors import HashbenchError
from hashbench.version import __version__

PATIENCE = "10s"
"""How long a scheduler may take to answer."""


def connect(address: str, option: str) -> Any:
    """Return a `distributed.Client` of the cluster behind a scheduler's address, such as tcp://host:8786.

    Raises `HashbenchError` where no scheduler answers, or a worker has another hashbench or other plugins. `option`
    names what asked for it.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise HashbenchError(f"{option} needs Dask: pip install 'hashbench[dask]'") from None
    try:
        client = distributed.Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise HashbenchError(f"no Dask scheduler answers at {address} ({reason}); dask scheduler starts one") from None
    if (problem := _problem(client)) is not None:
        client.close()
        raise HashbenchError(problem)
    return client


def _problem(client: Any) -> str | None:
    described = client.run(_describe, on_error="return")
    if not described:
        return "the Dask cluster has no worker; dask worker ADDRESS --nthreads 1 starts one"
    for worker, found in described.items():
        if isinstance(found, Exception):
            return f"worker {worker} cannot run hashbench: {found}; install hashbench there"
        if (problem := _unlike(found)) is not None:
            return f"worker {worker} {problem}"
    return None


def _describe() -> dict[str, str]:
    """Say which hashbench and plugins a worker has."""
    from hashbench.registry.plugins import plugins

    return {"hashbench": __version__} | {
        one.distribution: one.version for one in plugins().found if one.distribution != "hashbench" and not one.failure
    }


def _unlike(found: Mapping[str, str]) -> str | None:
    here = _describe()
    for name, version in here.items():
        if name not in found:
            return f"lacks the plugin {name} {version}; install it there, or leave it out with HASHBENCH_PLUGINS"
        if found[name] != version:
            return f"has {name} {found[name]}, and this process {version}; install one version"
    return None
