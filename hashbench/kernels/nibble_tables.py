"""Sums over codes by look-up tables, four bits at a time.

A table of 16 floats fits a register of AVX-512, and one instruction looks it up for 16 items. André, Kermarrec and
Le Scouarnec do so with integers (Accelerated nearest neighbor search with Quick ADC, ICMR 2017). On other processors,
and without the JIT, tables of the 256 values of a byte lie in memory. Both add the same numbers in the same order.
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

WIDTH, LANES = 64, 16
"""Items that are summed together, and items per register."""


@njit(nogil=True, cache=True)
def fill_tables(query: NDArray[np.float32], bit_values: NDArray[np.float32], tables: NDArray[np.float32]) -> None:
    """Write what each value of four bits of a code adds to the score of a query.

    Args:
        query: float32[n_bits].
        bit_values: float32[2, n_bits]: what a 0 and a 1 of each bit stand for.
        tables: float32[n_bytes, 2, 16], written; the lower half of each byte comes first. Entries for bits beyond
            n_bits are never looked up.
    """
    tables[:] = 0
    for j in range(query.size):
        table, n_values = tables[j // 8, j // 4 % 2], 1 << j % 4  # values of the bits before j
        low, high = query[j] * bit_values[0, j], query[j] * bit_values[1, j]
        for value in range(n_values):
            table[n_values + value] = table[value] + high
            table[value] += low


def _sum(typingctx: Any, rows: Any, stride: Any, n_bytes: Any, tables: Any, sums: Any) -> Any:
    word, byte, number = ir.IntType(64), ir.IntType(8), ir.IntType(32)
    floats, numbers, bytes_ = (ir.VectorType(kind, LANES) for kind in (ir.FloatType(), number, byte))

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def load(address: Any, kind: Any, align: int) -> Any:
            return builder.load(builder.inttoptr(address, kind.as_pointer()), align=align)

        def after(address: Any, offset: int) -> Any:
            return builder.add(address, ir.Constant(word, offset))

        rows, stride, n_bytes, tables, sums = args
        kind = ir.FunctionType(floats, [floats, numbers])
        look_up = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.permvar.sf.512")
        totals = [cgutils.alloca_once(builder, floats) for _ in range(WIDTH // LANES)]
        for total in totals:
            builder.store(ir.Constant(floats, [0.0] * LANES), total)
        with cgutils.for_range(builder, n_bytes, intp=word) as loop:
            table = builder.add(tables, builder.mul(loop.index, ir.Constant(word, 2 * LANES * 4)))
            lower, upper = (load(after(table, offset), floats, 4) for offset in (0, LANES * 4))
            row = builder.add(rows, builder.mul(loop.index, stride))
            for group, total in enumerate(totals):
                # The instruction looks at the four lowest bits only.
                values = builder.zext(load(after(row, group * LANES), bytes_, 1), numbers)
                upper_values = builder.lshr(values, ir.Constant(numbers, [4] * LANES))
                halves = builder.call(look_up, [lower, values]), builder.call(look_up, [upper, upper_values])
                builder.store(builder.fadd(builder.load(total), builder.fadd(*halves)), total)
        for group, total in enumerate(totals):
            output = builder.inttoptr(after(sums, group * LANES * 4), floats.as_pointer())
            builder.store(builder.load(total), output, align=4)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5), codegen


_sum_64: Any = intrinsic(_sum)
"""Add up the codes of 64 items and write the sums. Arrays are passed by their addresses."""


@njit(nogil=True, cache=True)
def _by_registers(rows: NDArray[np.uint8], tables: NDArray[np.float32], sums: NDArray[np.float32]) -> None:
    n_whole, stride = sums.size // WIDTH * WIDTH, rows.strides[0]
    for first in range(0, n_whole, WIDTH):
        _sum_64(address(rows) + first, stride, rows.shape[0], address(tables), address(sums) + 4 * first)
    for j in range(n_whole, sums.size):
        total = np.float32(0)
        for byte in range(rows.shape[0]):
            total += tables[byte, 0, rows[byte, j] & 15] + tables[byte, 1, rows[byte, j] >> 4]
        sums[j] = total


@njit(nogil=True, cache=True)
def _by_bytes(rows: NDArray[np.uint8], tables: NDArray[np.float32], sums: NDArray[np.float32]) -> None:
    n_bytes, n_fours = rows.shape[0], rows.shape[0] // 4 * 4
    byte_tables = np.empty((n_bytes, 256), np.float32)
    for value in range(256):
        for byte in range(n_bytes):
            byte_tables[byte, value] = tables[byte, 0, value & 15] + tables[byte, 1, value >> 4]
    sums[:] = 0
    for byte in range(0, n_fours, 4):
        _add_4(rows, byte_tables, byte, sums)
    for byte in range(n_fours, n_bytes):
        row, table = rows[byte], byte_tables[byte]
        for j in range(sums.size):
            sums[j] += table[row[j]]


@njit(nogil=True, cache=True)
def _add_4(rows: NDArray[np.uint8], tables: NDArray[np.float32], byte: int, sums: NDArray[np.float32]) -> None:
    """Add four bytes' values, one after the other: fewer passes over `sums` than one byte at a time."""
    row_0, row_1, row_2, row_3 = rows[byte], rows[byte + 1], rows[byte + 2], rows[byte + 3]
    table_0, table_1, table_2, table_3 = tables[byte], tables[byte + 1], tables[byte + 2], tables[byte + 3]
    for j in range(sums.size):
        sums[j] = (((sums[j] + table_0[row_0[j]]) + table_1[row_1[j]]) + table_2[row_2[j]]) + table_3[row_3[j]]


add_up: Any = _by_registers if AVX_512 else _by_bytes
"""Write the score of every code: `add_up(rows, tables, sums)`.

`rows` is uint8[n_bytes, n], `tables` float32[n_bytes, 2, 16] as `fill_tables` writes them, `sums` float32[n]. The last
axis of each is contiguous, and `tables` wholly.
"""
