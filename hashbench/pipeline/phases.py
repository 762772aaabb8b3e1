"""Seconds and peak memory of each phase of a run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from hashbench.pipeline.environment import peak_memory

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
CLEAR_PEAK = "5"


@dataclass
class Phases:
    """Seconds of each phase, and the peak of the process's resident memory in it, in bytes.

    Only Linux can reset the peak. On other systems a phase has the peak of all phases up to it.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def measure(self, phase: str) -> Iterator[None]:
        """Measure the time and the peak memory of a phase; a phase that raises is not measured."""
        with suppress(OSError):
            CLEAR.write_text(CLEAR_PEAK)
        start = time.perf_counter()
        yield
        self.seconds[phase] = time.perf_counter() - start
        self.memory[phase] = _peak()

    def copy(self) -> Phases:
        """Return a copy, to which other phases can be added."""
        return Phases(dict(self.seconds), dict(self.memory))


def _peak() -> int:
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        lines = []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), peak_memory())
