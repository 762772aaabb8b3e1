"""The connection to a Dask cluster, and the check that its workers have the versions of this process."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from hashbench.errors import HashbenchError
from hashbench.version import __version__

TIMEOUT = "10s"
"""How long a scheduler may take to answer."""


def connect(address: str, option: str) -> Any:
    """Return a `distributed.Client` of the cluster behind a scheduler's address, such as tcp://host:8786.

    `option` is the option of the command line that error messages name. Raises `HashbenchError` if no scheduler
    answers, or if a worker has another version of hashbench or other plugins.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise HashbenchError(f"{option} needs Dask: pip install 'hashbench[dask]'") from None
    try:
        client = distributed.Client(address, timeout=TIMEOUT)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise HashbenchError(f"no Dask scheduler answers at {address} ({reason}); dask scheduler starts one") from None
    if (problem := _worker_problem(client)) is not None:
        client.close()
        raise HashbenchError(problem)
    return client


def _worker_problem(client: Any) -> str | None:
    versions_by_worker = client.run(_versions, on_error="return")
    if not versions_by_worker:
        return "the Dask cluster has no worker; dask worker ADDRESS --nthreads 1 starts one"
    for worker, versions in versions_by_worker.items():
        if isinstance(versions, Exception):
            return f"worker {worker} cannot run hashbench: {versions}; install hashbench there"
        if (problem := _version_problem(versions)) is not None:
            return f"worker {worker} {problem}"
    return None


def _versions() -> dict[str, str]:
    """Return the versions of hashbench and of its plugins; runs on each worker too."""
    from hashbench.registry.plugins import plugins

    return {"hashbench": __version__} | {
        plugin.distribution: plugin.version
        for plugin in plugins().discovered
        if not plugin.is_builtin and not plugin.failure
    }


def _version_problem(versions: Mapping[str, str]) -> str | None:
    for name, version in _versions().items():
        if name not in versions:
            return f"lacks the plugin {name} {version}; install it there, or leave it out with HASHBENCH_PLUGINS"
        if versions[name] != version:
            return f"has {name} {versions[name]}, but this process has {version}; install the same version"
    return None
