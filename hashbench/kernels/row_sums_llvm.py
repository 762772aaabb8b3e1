"""Sums of rows of a float32 matrix in vector registers, each row fetched before it is needed: LLVM, by hand.

What numba makes of the plain loops keeps the sum in memory, and waits for every row.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils as untyped
from numba.extending import intrinsic

cgutils: Any = untyped

LANES = 16
AHEAD = 12
"""How many edges ahead a row is fetched."""

_FLOAT, _LONG, _INT, _BYTE = ir.FloatType(), ir.IntType(64), ir.IntType(32), ir.IntType(8)
_VECTOR = ir.VectorType(_FLOAT, LANES)
_HALF, _WIDE = ir.VectorType(ir.IntType(16), LANES), ir.VectorType(_INT, LANES)


def _sum_of_rows(vectors: int) -> Any:
    """Make an intrinsic that sums `16 · vectors` columns.

    It is called with x float32[n, d] (or uint16[n, d], the bits of bfloat16 values), indices int32[m], place int32[n]
    (or int32[0]), start, stop, limit, column, out float32[k, d], row: out[row, column:] becomes the sum over edge =
    start…stop-1 of x[indices[edge], column:], or of x[place[indices[edge]], column:] where that place is not negative.
    Rows up to edge `limit` may be fetched.
    """

    @intrinsic
    def sum_of_rows(
        typingctx: Any,
        x: Any,
        indices: Any,
        place: Any,
        start: Any,
        stop: Any,
        limit: Any,
        column: Any,
        out: Any,
        row: Any,
    ) -> Any:
        signature = types.void(x, indices, place, *(types.int64,) * 4, out, types.int64)

        half = x.dtype == types.uint16

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            arrays = {
                number: context.make_array(signature.args[number])(context, builder, args[number])
                for number in (0, 1, 2, 7)
            }
            source, index, places, target = (arrays[number] for number in (0, 1, 2, 7))
            start, stop, limit, column, row = args[3], args[4], args[5], args[6], args[8]
            width = builder.extract_value(source.shape, 1)
            mapped = builder.icmp_signed(">", builder.extract_value(places.shape, 0), _LONG(0))
            sums = [cgutils.alloca_once(builder, _VECTOR) for _ in range(vectors)]
            for one in sums:
                builder.store(ir.Constant(_VECTOR, [0.0] * LANES), one)

            def at(edge: Any) -> Any:
                return builder.sext(builder.load(builder.gep(index.data, [edge])), _LONG)

            def row_of(array: Any, number: Any) -> Any:
                return builder.gep(array.data, [builder.add(builder.mul(number, width), column)])

            def part(row: Any, which: int, kind: Any) -> Any:
                return builder.bitcast(builder.gep(row, [_LONG(which * LANES)]), kind.as_pointer())

            def values(row: Any, which: int) -> Any:
                if not half:
                    return builder.load(part(row, which, _VECTOR), align=4)
                # A bfloat16 is the upper half of a float.
                bits = builder.zext(builder.load(part(row, which, _HALF), align=2), _WIDE)
                return builder.bitcast(builder.shl(bits, ir.Constant(_WIDE, [16] * LANES)), _VECTOR)

            def add(number: Any) -> None:
                row = row_of(source, number)
                for which, one in enumerate(sums):
                    builder.store(builder.fadd(builder.load(one), values(row, which)), one)

            prefetch = cgutils.get_or_insert_function(
                builder.module,
                ir.FunctionType(ir.VoidType(), [_BYTE.as_pointer(), _INT, _INT, _INT]),
                "llvm.prefetch.p0",
            )
            with builder.if_else(mapped) as (by_place, by_index):
                with by_place, cgutils.for_range_slice(builder, start, stop, _LONG(1)) as (edge, _):
                    number = builder.sext(builder.load(builder.gep(places.data, [at(edge)])), _LONG)
                    with builder.if_then(builder.icmp_signed(">=", number, _LONG(0))):
                        add(number)
                with by_index, cgutils.for_range_slice(builder, start, stop, _LONG(1)) as (edge, _):
                    ahead = builder.add(edge, _LONG(AHEAD))
                    ahead = builder.select(builder.icmp_signed("<", ahead, limit), ahead, edge)
                    coming = row_of(source, at(ahead))
                    for which in range(0, vectors, 2 if half else 1):  # a cache line each
                        builder.call(prefetch, [part(coming, which, _BYTE), _INT(0), _INT(3), _INT(1)])
                    add(at(edge))
            to = row_of(target, row)
            for which, one in enumerate(sums):
                builder.store(builder.load(one), part(to, which, _VECTOR), align=4)
            return context.get_dummy_value()

        return signature, codegen

    return sum_of_rows


sum_16: Any = _sum_of_rows(1)
sum_64: Any = _sum_of_rows(4)
