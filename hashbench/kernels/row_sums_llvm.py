"""Sums of rows of a float32 matrix in vector registers, each row prefetched: LLVM, by hand.

Numba's code for plain loops keeps the sum in memory and waits for every row. Without the JIT, plain numpy runs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils as untyped
from numba.extending import intrinsic
from numpy.typing import NDArray

from hashbench.kernels.processor import JIT

cgutils: Any = untyped
UniTuple: Any = types.UniTuple

LANES = 16
"""Floats per vector register."""

AHEAD = 12
"""How many edges ahead a row is prefetched."""

_FLOAT, _LONG, _INT, _BYTE = ir.FloatType(), ir.IntType(64), ir.IntType(32), ir.IntType(8)
_VECTOR = ir.VectorType(_FLOAT, LANES)
_HALF, _WIDE = ir.VectorType(ir.IntType(16), LANES), ir.VectorType(_INT, LANES)


def _sum_of_rows(vectors: int) -> Any:
    """Make an intrinsic that sums `16 · vectors` columns from `column` on.

    Called as `sum_of_rows(x, indices, row_map, (start, stop, limit), column, out, row)`. With n columns, it writes
    out[row, column:column + n], the sum over edge = start…stop-1 of x[indices[edge], column:column + n]. If `row_map`
    int32[n_nodes] is not empty, it sums x[row_map[indices[edge]], …] where that row is not negative. x is
    float32[n_rows, d], or uint16[n_rows, d], the bits of bfloat16 values. Rows up to edge `limit` may be prefetched.
    """

    def typed(typingctx: Any, x: Any, indices: Any, row_map: Any, edges: Any, column: Any, out: Any, row: Any) -> Any:
        edges = UniTuple(types.int64, 3)
        signature = types.void(x, indices, row_map, edges, types.int64, out, types.int64)

        half = x.dtype == types.uint16

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            arrays = {
                number: context.make_array(signature.args[number])(context, builder, args[number])
                for number in (0, 1, 2, 5)
            }
            source, index, row_map, target = (arrays[number] for number in (0, 1, 2, 5))
            start, stop, limit = cgutils.unpack_tuple(builder, args[3])
            column, row = args[4], args[6]
            width = builder.extract_value(source.shape, 1)
            mapped = builder.icmp_signed(">", builder.extract_value(row_map.shape, 0), _LONG(0))
            sums = [cgutils.alloca_once(builder, _VECTOR) for _ in range(vectors)]
            for total in sums:
                builder.store(ir.Constant(_VECTOR, [0.0] * LANES), total)

            def at(edge: Any) -> Any:
                return builder.sext(builder.load(builder.gep(index.data, [edge])), _LONG)

            def row_of(array: Any, number: Any) -> Any:
                return builder.gep(array.data, [builder.add(builder.mul(number, width), column)])

            def part(row: Any, vector: int, kind: Any) -> Any:
                return builder.bitcast(builder.gep(row, [_LONG(vector * LANES)]), kind.as_pointer())

            def values(row: Any, vector: int) -> Any:
                if not half:
                    return builder.load(part(row, vector, _VECTOR), align=4)
                # A bfloat16 is the upper half of a float.
                bits = builder.zext(builder.load(part(row, vector, _HALF), align=2), _WIDE)
                return builder.bitcast(builder.shl(bits, ir.Constant(_WIDE, [16] * LANES)), _VECTOR)

            def add(number: Any) -> None:
                row = row_of(source, number)
                for vector, total in enumerate(sums):
                    builder.store(builder.fadd(builder.load(total), values(row, vector)), total)

            prefetch = cgutils.get_or_insert_function(
                builder.module,
                ir.FunctionType(ir.VoidType(), [_BYTE.as_pointer(), _INT, _INT, _INT]),
                "llvm.prefetch.p0",
            )
            with builder.if_else(mapped) as (by_map, by_index):
                with by_map, cgutils.for_range_slice(builder, start, stop, _LONG(1)) as (edge, _):
                    number = builder.sext(builder.load(builder.gep(row_map.data, [at(edge)])), _LONG)
                    with builder.if_then(builder.icmp_signed(">=", number, _LONG(0))):
                        add(number)
                with by_index, cgutils.for_range_slice(builder, start, stop, _LONG(1)) as (edge, _):
                    ahead = builder.add(edge, _LONG(AHEAD))
                    ahead = builder.select(builder.icmp_signed("<", ahead, limit), ahead, edge)
                    coming = row_of(source, at(ahead))
                    for vector in range(0, vectors, 2 if half else 1):  # a cache line each
                        builder.call(prefetch, [part(coming, vector, _BYTE), _INT(0), _INT(3), _INT(1)])
                    add(at(edge))
            output = row_of(target, row)
            for vector, total in enumerate(sums):
                builder.store(builder.load(total), part(output, vector, _VECTOR), align=4)
            return context.get_dummy_value()

        return signature, codegen

    return intrinsic(typed) if JIT else _plain(vectors * LANES)


def _plain(width: int) -> Any:
    """Return the definition of the intrinsic for `width` columns."""

    def sum_of_rows(
        x: NDArray[Any],
        indices: NDArray[np.int32],
        row_map: NDArray[np.int32],
        edges: tuple[int, int, int],
        column: int,
        out: NDArray[np.float32],
        row: int,
    ) -> None:
        total = np.zeros(width, np.float32)
        for node in indices[edges[0] : edges[1]]:
            source = row_map[node] if len(row_map) else node
            if source >= 0:
                values = x[source, column : column + width]
                total += (values.astype(np.uint32) << 16).view(np.float32) if x.dtype == np.uint16 else values
        out[row, column : column + width] = total

    return sum_of_rows


sum_16: Any = _sum_of_rows(1)
sum_64: Any = _sum_of_rows(4)
