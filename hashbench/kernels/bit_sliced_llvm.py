"""Hamming distances of a few hundred items at once in bit-sliced arithmetic: the kernel's instruction sequence.

A vector register holds one bit each of as many items as it has bits. Counting means adding such vectors with full
adders, as carry-save adders do (Harley and Seal). A full adder is two ternary logic instructions of AVX-512. One more
instruction per binary digit compares all items with a bound.

A query reads only the rows of bits in which it has the rarer of its two values, half of them at most. Let w(x) be the
number of ones of a code x, its weight. For a query q and an item x, with S(x) = Σ x_j over the zeros of q, the distance
is d = w(q) - w(x) + 2 S(x). With S'(x) = Σ (1 - x_j) over the ones of q, it is d = w(x) - w(q) + 2 S'(x). A constant
makes either a sum of nonnegative numbers: the total adds w(x) itself, or 2^n_weight_rows - 1 - w(x), which is w(x) with
its bits inverted. This module counts totals; `query_rows` knows by how much a total exceeds the distance.

Arrays are passed by their addresses, because numba counts references to arrays at every call, which would take longer
than the work. The caller's caller must hold them. Addresses make no sense to Python, so nothing here runs without
numba's JIT.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic

from hashbench.kernels.processor import AVX_512

cgutils: Any = _cgutils  # it has no types

DIGITS = (8, 10, 16)
"""Numbers of binary digits of a total for which there is code."""

STEP = 8 if AVX_512 else 4
"""Words of 64 items that are counted at once: those of a vector register."""

GROUP = 8
"""Rows that are added at a time, so that a carry goes through the high digits once per group."""

_WORD, _INT = ir.IntType(64), ir.IntType(32)
_VECTOR = ir.VectorType(_WORD, STEP)
_ZEROS, _ONES = (ir.Constant(_VECTOR, [value] * STEP) for value in (0, 2**64 - 1))


def digits_for(n_bits: int, n_weight_rows: int) -> int:
    """Return how many binary digits a total needs, rounded up to one of `DIGITS`.

    Raises:
        ValueError: There is no code for so many.
    """
    largest = (1 << n_weight_rows) + n_bits
    for n_digits in DIGITS:
        if largest < 1 << n_digits:
            return n_digits
    raise ValueError(f"codes of {n_bits} bits are too long to be searched; {(1 << DIGITS[-1] - 1) - 1} are the most")


class TileLayout(NamedTuple):
    """How a tile of `BitPlanes` lies in memory: `stride` words per row, rows of bits, then rows of weights."""

    stride: int
    n_bits: int
    n_weight_rows: int
    n_digits: int


class Query(NamedTuple):
    """The rows that one query reads, and its bound.

    `rows` is the address of int64[n_rows], offsets of rows in words. `over_ones` says whether the query has ones there.
    `bound` is the address of uint64[n_digits], the digits of the bound, each a word of zeros or of ones. If all are
    ones, any total is below it.
    """

    rows: int | np.int64
    n_rows: int | np.int64
    over_ones: bool | np.bool_
    bound: int | np.int64


class Outputs(NamedTuple):
    """Addresses that are written if any total is below the bound.

    `totals` uint64[n_digits, STEP] gets the digits of the totals, and `below` uint64[STEP] the items below the bound.
    """

    totals: int | np.int64
    below: int | np.int64


@njit(nogil=True, inline="always")
def any_below(first_word: int | np.int64, layout: TileLayout, query: Query, outputs: Outputs) -> Any:
    """Return whether any item of a step has a total below the query's bound.

    Args:
        first_word: address of the step's first word in the tile's first row.
        layout: of the tile.
        query: the rows to read, and the bound.
        outputs: where totals and items are written if the answer is yes.
    """
    if layout.n_digits == 8:
        if query.over_ones:
            return _over_ones_8(first_word, layout, query, outputs)
        return _over_zeros_8(first_word, layout, query, outputs)
    if layout.n_digits == 10:
        if query.over_ones:
            return _over_ones_10(first_word, layout, query, outputs)
        return _over_zeros_10(first_word, layout, query, outputs)
    if query.over_ones:
        return _over_ones_16(first_word, layout, query, outputs)
    return _over_zeros_16(first_word, layout, query, outputs)


def _any_below(n_digits: int, inverted: bool) -> Any:
    """Make `any_below` for totals of `n_digits`, over the query's ones if `inverted`, else over its zeros."""

    def typed(typingctx: Any, first_word: Any, layout: Any, query: Any, outputs: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            def pointer(address: Any) -> Any:
                return builder.inttoptr(address, _WORD.as_pointer())

            def word(address: Any, index: int | Any) -> Any:
                return builder.load(builder.gep(address, [_word(index)]))

            def row(offset: Any) -> Any:
                return _load(builder, first_word, offset)

            first_word = args[0]
            stride, n_bits, n_weight_rows, _ = cgutils.unpack_tuple(builder, args[1])
            rows, n_rows, _, bound = cgutils.unpack_tuple(builder, args[2])
            totals_out, below_out = cgutils.unpack_tuple(builder, args[3])
            totals = [cgutils.alloca_once(builder, _VECTOR) for _ in range(n_digits)]
            for digit, total in enumerate(totals):
                is_weight = builder.icmp_signed("<", _word(digit), n_weight_rows)
                with builder.if_else(is_weight) as (weight_row, no_row):
                    with weight_row:
                        weights = row(builder.mul(stride, builder.add(n_bits, _word(digit))))
                        builder.store(weights if inverted else builder.xor(weights, _ONES), total)
                    with no_row:
                        builder.store(_ZEROS, total)
            n_grouped = builder.and_(n_rows, _word(-GROUP))
            with cgutils.for_range_slice(builder, _word(0), n_grouped, _word(GROUP), intp=_WORD) as (start, _):
                group = builder.gep(pointer(rows), [start])
                _add(builder, totals, [row(word(group, j)) for j in range(GROUP)], inverted)
            rest = builder.gep(pointer(rows), [n_grouped])
            added = builder.append_basic_block("added")
            switch = builder.switch(builder.sub(n_rows, n_grouped), added)
            for n_rest in range(1, GROUP):
                block = builder.append_basic_block(f"rest.{n_rest}")
                switch.add_case(_word(n_rest), block)
                with builder.goto_block(block):
                    _add(builder, totals, [row(word(rest, j)) for j in range(n_rest)], inverted)
                    builder.branch(added)
            builder.position_at_end(added)
            below: Any = _ZEROS
            for digit, total in enumerate(totals):
                below = _less(builder, builder.load(total), below, _splat(builder, word(pointer(bound), digit)))
            lanes = builder.bitcast(builder.icmp_unsigned("!=", below, _ZEROS), ir.IntType(STEP))
            any_below = builder.icmp_unsigned("!=", lanes, ir.Constant(ir.IntType(STEP), 0))
            with builder.if_then(any_below, likely=False):
                for digit, total in enumerate(totals):
                    _store(builder, builder.load(total), totals_out, _word(digit * STEP))
                _store(builder, below, below_out, _word(0))
            return any_below

        return types.boolean(types.int64, layout, query, outputs), codegen

    return intrinsic(typed)


def _count_zeros(typingctx: Any, items: Any, digit: Any, n_steps: Any, stride: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        items, digit, n_steps, stride = args
        counts = cgutils.alloca_once_value(builder, _ZEROS)
        with cgutils.for_range(builder, n_steps, intp=_WORD) as loop:
            members = _load(builder, items, builder.mul(loop.index, _word(STEP)))
            bits = _load(builder, digit, builder.mul(loop.index, stride))
            ctpop = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(_VECTOR, [_VECTOR]), f"llvm.ctpop.v{STEP}i64"
            )
            zeros = builder.call(ctpop, [builder.and_(members, builder.xor(bits, _ONES))])
            builder.store(builder.add(builder.load(counts), zeros), counts)
        total: Any = _word(0)
        for lane in range(STEP):
            total = builder.add(total, builder.extract_element(builder.load(counts), ir.Constant(_INT, lane)))
        return total

    return types.int64(*[types.int64] * 4), codegen


def _keep_digit(typingctx: Any, items: Any, zeros: Any, digit: Any, n_steps: Any, stride: Any, ones: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        items, zeros, digit, n_steps, stride, ones = args
        keep_ones = _splat(builder, builder.sub(_word(0), builder.zext(ones, _WORD)))
        with cgutils.for_range(builder, n_steps, intp=_WORD) as loop:
            offset = builder.mul(loop.index, _word(STEP))
            members, bits = _load(builder, items, offset), _load(builder, digit, builder.mul(loop.index, stride))
            removed = builder.and_(builder.and_(members, builder.xor(bits, _ONES)), keep_ones)
            _store(builder, builder.or_(_load(builder, zeros, offset), removed), zeros, offset)
            wanted = builder.xor(bits, builder.xor(keep_ones, _ONES))
            _store(builder, builder.and_(members, wanted), items, offset)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5, types.boolean), codegen


count_zeros: Any = intrinsic(_count_zeros)
"""Count the items that have a 0 as one binary digit: `count_zeros(items, digit, n_steps, stride)`.

`items` is the address of uint64[n_steps * STEP], one bit per item, and `digit` that of the digit's first word. `stride`
counts the words from the digit in one step to that in the next.
"""

keep_digit: Any = intrinsic(_keep_digit)
"""Keep the items with a 1 as one digit and move the others to `zeros`, or just keep those with a 0.

Called as `keep_digit(items, zeros, digit, n_steps, stride, ones)`. `zeros` is the address of uint64[n_steps * STEP],
and `ones` says whether those with a 1 are kept. The other arguments are as for `count_zeros`.
"""


def _ternary(builder: Any, x: Any, y: Any, z: Any, truth: Callable[[int, int, int], Any]) -> Any:
    """Emit any function of three bits."""
    table = sum(1 << (4 * a + 2 * b + c) for a in (0, 1) for b in (0, 1) for c in (0, 1) if truth(a, b, c))
    kind = ir.FunctionType(_VECTOR, [_VECTOR, _VECTOR, _VECTOR, _INT])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.pternlog.q.512")
    return builder.call(function, [x, y, z, ir.Constant(_INT, table)])


def _full_adder(builder: Any, x: Any, y: Any, z: Any, inverted: bool) -> tuple[Any, Any]:
    """Emit sum and carry of x + y + z, or of x + ~y + ~z if `inverted`."""
    if AVX_512:
        flip = int(inverted)
        return (
            _ternary(builder, x, y, z, lambda a, b, c: a ^ b ^ c),
            _ternary(builder, x, y, z, lambda a, b, c: a + (b ^ flip) + (c ^ flip) > 1),
        )
    if inverted:
        y, z = builder.xor(y, _ONES), builder.xor(z, _ONES)
    differ = builder.xor(x, y)
    return builder.xor(differ, z), builder.or_(builder.and_(x, y), builder.and_(differ, z))


def _add(builder: Any, totals: Sequence[Any], rows: Sequence[Any], inverted: bool) -> None:
    """Emit totals += 2 Σ rows, with the bits of the rows inverted if `inverted`; the highest digit has no carry."""
    carries = list(rows)
    for digit, total in enumerate(totals[1:]):
        sums, addends, carries = builder.load(total), carries, []
        flip = inverted and digit == 0
        for y, z in zip(addends[::2], addends[1::2], strict=False):
            sums, carry = _full_adder(builder, sums, y, z, flip)
            carries.append(carry)
        if len(addends) % 2:
            y = builder.xor(addends[-1], _ONES) if flip else addends[-1]
            carries.append(builder.and_(sums, y))
            sums = builder.xor(sums, y)
        builder.store(sums, total)


def _less(builder: Any, total: Any, below: Any, bound: Any) -> Any:
    """Emit total < bound of one digit and those under it; `below` is the answer for those under it."""
    if AVX_512:
        return _ternary(builder, total, below, bound, lambda a, b, c: (not a or b) if c else (not a and b))
    zero = builder.xor(total, _ONES)
    return builder.or_(builder.and_(zero, below), builder.and_(bound, builder.or_(zero, below)))


def _word(value: int | Any) -> Any:
    return ir.Constant(_WORD, value) if isinstance(value, int) else value


def _splat(builder: Any, word: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    vector = builder.insert_element(undefined, word, ir.Constant(_INT, 0))
    return builder.shuffle_vector(vector, undefined, ir.Constant(ir.VectorType(_INT, STEP), [0] * STEP))


def _load(builder: Any, address: Any, offset: Any) -> Any:
    """Emit the load of the vector that lies `offset` words after an address."""
    pointer = builder.gep(builder.inttoptr(address, _WORD.as_pointer()), [offset])
    loaded = builder.load(builder.bitcast(pointer, _VECTOR.as_pointer()))
    loaded.align = 8
    return loaded


def _store(builder: Any, vector: Any, address: Any, offset: Any) -> None:
    """Emit the store of a vector."""
    pointer = builder.gep(builder.inttoptr(address, _WORD.as_pointer()), [offset])
    builder.store(vector, builder.bitcast(pointer, _VECTOR.as_pointer())).align = 8


_over_zeros_8, _over_zeros_10, _over_zeros_16 = (_any_below(n_digits, inverted=False) for n_digits in DIGITS)
_over_ones_8, _over_ones_10, _over_ones_16 = (_any_below(n_digits, inverted=True) for n_digits in DIGITS)
