"""Many comparisons at once: which of 64 consecutive floats exceed a limit."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from hashbench.kernels.processor import JIT

WIDTH = 64
"""Floats that are compared at once."""

_VECTOR = ir.VectorType(ir.FloatType(), WIDTH)


def _typed(typingctx: Any, row: Any, start: Any, limit: Any) -> Any:
    if not isinstance(row, types.Array) or row.dtype != types.float32 or limit != types.float32:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        pointer = builder.bitcast(builder.gep(data, [args[1]]), _VECTOR.as_pointer())
        first_lane = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), None)
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        vector = builder.insert_element(undefined, args[2], ir.Constant(ir.IntType(32), 0))
        limits = builder.shuffle_vector(vector, undefined, first_lane)
        above = builder.fcmp_ordered(">", builder.load(pointer, align=4), limits)
        return builder.bitcast(above, ir.IntType(64))

    return types.uint64(row, types.int64, limit), codegen


def _plain(row: NDArray[np.float32], start: int, limit: np.float32) -> Any:
    return np.packbits(row[start : start + WIDTH] > limit, bitorder="little").view(np.uint64)[0]


exceeding: Any = intrinsic(_typed) if JIT else _plain
"""Return which of row[start : start + WIDTH] exceed a limit: bit j of a uint64 stands for the j-th.

The row is contiguous float32, and the limit is float32. The end of the row is not checked.
"""
