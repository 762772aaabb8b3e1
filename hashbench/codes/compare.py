"""Many comparisons at once: which of 64 floats in a row exceed a limit."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

TOGETHER = 64
"""Floats of one comparison."""

_VECTOR = ir.VectorType(ir.FloatType(), TOGETHER)


def _exceeding(typingctx: Any, address: Any, limit: Any) -> Any:
    if not isinstance(address, types.Integer) or limit != types.float32:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], _VECTOR.as_pointer())
        lane = ir.Constant(ir.VectorType(ir.IntType(32), TOGETHER), None)
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(nothing, args[1], ir.Constant(ir.IntType(32), 0))
        limits = builder.shuffle_vector(first, nothing, lane)
        above = builder.fcmp_ordered(">", builder.load(place, align=4), limits)
        return builder.bitcast(above, ir.IntType(64))

    return types.uint64(address, limit), codegen


exceeding: Any = intrinsic(_exceeding)
"""Say which of the `TOGETHER` float32 that begin at an address exceed a limit: bit j of uint64 is that of the j-th."""
