"""What each phase of a run takes: seconds, and the process's memory."""

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
    """Seconds of each phase, and the most bytes of memory the process held in it (resident, all threads).

    Where the system does not start its peak anew (other than Linux), a phase has the peak of all phases up to it.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def measure(self, phase: str) -> Iterator[None]:
        """Time a phase, and take its peak."""
        with suppress(OSError):
            CLEAR.write_text(CLEAR_PEAK)
        start = time.perf_counter()
        yield
        self.seconds[phase] = time.perf_counter() - start
        self.memory[phase] = _peak()

    def copy(self) -> Phases:
        """Return these phases, to go on from."""
        return Phases(dict(self.seconds), dict(self.memory))


def _peak() -> int:
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        lines = []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), peak_memory())
