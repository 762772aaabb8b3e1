"""What numba compiles for, as far as kernels need to know."""

from __future__ import annotations

from typing import Any

from numba import config
from numba.core.codegen import get_host_cpu_features as _get_host_cpu_features

get_host_cpu_features: Any = _get_host_cpu_features  # it has no types

JIT: bool = not getattr(config, "DISABLE_JIT", 0)
"""False if NUMBA_DISABLE_JIT is set, to debug kernels as plain Python."""

# This is part of the names of numba's cached code, so that what depends on it always fits that.
_FEATURES: str | None = getattr(config, "CPU_FEATURES", None)

AVX_512 = JIT and "+avx512f" in (get_host_cpu_features() if _FEATURES is None else _FEATURES).split(",")
"""Whether registers hold 512 bits, and functions of three bits or tables of 16 floats are one instruction."""
