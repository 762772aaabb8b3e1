"""What codes add up to by look-up tables, four bits at a time.

A table of 16 floats is a register of AVX-512, which is looked up for 16 items by one instruction, as André, Kermarrec
and Le Scouarnec do with integers (Accelerated nearest neighbor search with Quick ADC, ICMR 2017). Elsewhere tables lie
in memory, of the 256 values of a byte. Both add the same numbers in the same order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from hashbench.kernels.memory import address
from hashbench.kernels.processor import AVX_512

cgutils: Any = _cgutils  # it has no types

TOGETHER, LANES = 64, 16
"""Items that are summed together, and those of a register."""


@njit(nogil=True, cache=True)
def fill_tables(query: NDArray[np.float32], bit_values: NDArray[np.float32], tables: NDArray[np.float32]) -> None:
    """Write what four bits of a code add to the score of `query` [n_bits] into `tables` [n_bytes, 2, 16].

    `bit_values` [2, n_bits] says what a 0 and a 1 of each bit stand for. The lower half of a byte comes first. Values
    with a spare bit are never looked up.
    """
    tables[:] = 0
    for j in range(query.size):
        table, ones = tables[j // 8, j // 4 % 2], 1 << j % 4
        low, high = query[j] * bit_values[0, j], query[j] * bit_values[1, j]
        for value in range(ones):  # of the bits before j
            table[ones + value] = table[value] + high
            table[value] += low


def _sum(typingctx: Any, rows: Any, stride: Any, n_bytes: Any, tables: Any, sums: Any) -> Any:
    word, byte, number = ir.IntType(64), ir.IntType(8), ir.IntType(32)
    floats, numbers, bytes_ = (ir.VectorType(kind, LANES) for kind in (ir.FloatType(), number, byte))

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def load(place: Any, kind: Any, align: int) -> Any:
            return builder.load(builder.inttoptr(place, kind.as_pointer()), align=align)

        def after(place: Any, offset: int) -> Any:
            return builder.add(place, ir.Constant(word, offset))

        rows, stride, n_bytes, tables, sums = args
        kind = ir.FunctionType(floats, [floats, numbers])
        look_up = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.permvar.sf.512")
        totals = [cgutils.alloca_once(builder, floats) for _ in range(TOGETHER // LANES)]
        for total in totals:
            builder.store(ir.Constant(floats, [0.0] * LANES), total)
        with cgutils.for_range(builder, n_bytes, intp=word) as loop:
            table = builder.add(tables, builder.mul(loop.index, ir.Constant(word, 2 * LANES * 4)))
            lower, upper = (load(after(table, offset), floats, 4) for offset in (0, LANES * 4))
            row = builder.add(rows, builder.mul(loop.index, stride))
            for group, total in enumerate(totals):
                # The instruction looks at the four lowest bits only.
                which = builder.zext(load(after(row, group * LANES), bytes_, 1), numbers)
                of_upper = builder.lshr(which, ir.Constant(numbers, [4] * LANES))
                both = builder.fadd(builder.call(look_up, [lower, which]), builder.call(look_up, [upper, of_upper]))
                builder.store(builder.fadd(builder.load(total), both), total)
        for group, total in enumerate(totals):
            there = builder.inttoptr(after(sums, group * LANES * 4), floats.as_pointer())
            builder.store(builder.load(total), there, align=4)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5), codegen


_sum_64: Any = intrinsic(_sum)
"""Add up the codes of 64 items and write the sums; arrays go by their addresses."""


@njit(nogil=True, cache=True)
def _by_registers(rows: NDArray[np.uint8], tables: NDArray[np.float32], sums: NDArray[np.float32]) -> None:
    whole, stride = sums.size // TOGETHER * TOGETHER, rows.strides[0]
    for first in range(0, whole, TOGETHER):
        _sum_64(address(rows) + first, stride, rows.shape[0], address(tables), address(sums) + 4 * first)
    for j in range(whole, sums.size):
        total = np.float32(0)
        for w in range(rows.shape[0]):
            total += tables[w, 0, rows[w, j] & 15] + tables[w, 1, rows[w, j] >> 4]
        sums[j] = total


@njit(nogil=True, cache=True)
def _by_bytes(rows: NDArray[np.uint8], tables: NDArray[np.float32], sums: NDArray[np.float32]) -> None:
    n_bytes, fours = rows.shape[0], rows.shape[0] // 4 * 4
    whole = np.empty((n_bytes, 256), np.float32)
    for byte in range(256):
        for w in range(n_bytes):
            whole[w, byte] = tables[w, 0, byte & 15] + tables[w, 1, byte >> 4]
    sums[:] = 0
    for w in range(0, fours, 4):
        _add_4(rows, whole, w, sums)
    for w in range(fours, n_bytes):
        row, table = rows[w], whole[w]
        for j in range(sums.size):
            sums[j] += table[row[j]]


@njit(nogil=True, cache=True)
def _add_4(rows: NDArray[np.uint8], tables: NDArray[np.float32], w: int, sums: NDArray[np.float32]) -> None:
    """Add four bytes' values, one after the other: fewer passes over `sums` than one byte at a time."""
    row_0, row_1, row_2, row_3 = rows[w], rows[w + 1], rows[w + 2], rows[w + 3]
    table_0, table_1, table_2, table_3 = tables[w], tables[w + 1], tables[w + 2], tables[w + 3]
    for j in range(sums.size):
        sums[j] = (((sums[j] + table_0[row_0[j]]) + table_1[row_1[j]]) + table_2[row_2[j]]) + table_3[row_3[j]]


add_up: Any = _by_registers if AVX_512 else _by_bytes
"""Write the score of every code uint8[n_bytes, n] into `sums` [n], by tables [n_bytes, 2, 16].

Rows, sums and tables go by their addresses: the last axis of each is contiguous, tables wholly.
"""
