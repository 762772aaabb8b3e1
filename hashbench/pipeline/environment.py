"""The machine of a run, and the versions of what it used."""

from __future__ import annotations

import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from hashbench.pipeline.commit import commit
from hashbench.results.record import Machine, Versions
from hashbench.version import __version__

PACKAGES = ("torch", "dgl", "numpy", "scipy", "numba", "faiss-cpu", "pandas", "pyarrow", "pydantic")


def usable_cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine(device: str, threads: int, gpu: str | None = None, processes: int = 1) -> Machine:
    """Describe this machine and its present load; call it before the work begins."""
    commit()  # cached now, because a later call might not return the commit of the code that runs
    return Machine(
        cpu=_cpu(),
        cores=usable_cores(),
        memory_bytes=psutil.virtual_memory().total,
        device=device,
        gpu=gpu,
        threads=threads,
        processes=processes,
        system=f"{platform.system()} {platform.machine()}",
        load_before=psutil.getloadavg()[0],
    )


def versions(plugins: dict[str, str]) -> Versions:
    """Return the versions of hashbench and what it uses; `plugins` are the packages of the run's components."""
    return Versions(
        hashbench=__version__,
        python=platform.python_version(),
        packages={name: installed for name in PACKAGES if (installed := _version(name))},
        plugins=plugins,
        commit=commit(),
    )


def peak_memory() -> int:
    """Return the peak of this process's resident memory, in bytes."""
    import resource

    bytes_per_unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * bytes_per_unit


def _cpu() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    names = (
        [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")] if cpuinfo.exists() else []
    )
    return names[0].partition(":")[2].strip() if names else platform.processor() or platform.machine()


@cache
def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
