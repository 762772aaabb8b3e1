"""Many comparisons at once: which of 64 floats in a row exceed a limit."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

TOGETHER = 64
"""Floats of one comparison."""

_VECTOR = ir.VectorType(ir.FloatType(), TOGETHER)


def _exceeding(typingctx: Any, row: Any, start: Any, limit: Any) -> Any:
    if not isinstance(row, types.Array) or row.dtype != types.float32 or limit != types.float32:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), _VECTOR.as_pointer())
        lane = ir.Constant(ir.VectorType(ir.IntType(32), TOGETHER), None)
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(nothing, args[2], ir.Constant(ir.IntType(32), 0))
        limits = builder.shuffle_vector(first, nothing, lane)
        above = builder.fcmp_ordered(">", builder.load(place, align=4), limits)
        return builder.bitcast(above, ir.IntType(64))

    return types.uint64(row, types.int64, limit), codegen


exceeding: Any = intrinsic(_exceeding)
"""Say which of row[start : start + TOGETHER] exceed a limit: bit j of uint64 is that of the j-th.

The row is contiguous float32, the limit float32, and the end of the row is not looked for.
"""
