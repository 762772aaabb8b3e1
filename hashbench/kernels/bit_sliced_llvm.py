"""Hamming distances of a few hundred items at once, in bit-sliced arithmetic: the instruction sequence of the kernel.

A vector register holds one bit of as many items as it has bits. Counting is adding such vectors with full adders (two
ternary logic instructions of AVX-512 each), as carry-save adders do (Harley and Seal), and all items are compared with
a bound by one more instruction a binary place.

Of the n_bits rows only those are read in which the query has the rarer of its two values, half of them at most. With
o(x) the number of ones of an item's code x, o(q) the query's, and S(x) = Σ x_j over the zeros of q, the distance is
d = o(q) - o(x) + 2 S(x); over the ones of q, with S'(x) = Σ (1 - x_j), it is d = o(x) - o(q) + 2 S'(x). Either is a sum
of numbers that are not negative once a constant is added: o(x), or 2^n_sums - 1 - o(x), which is o(x) with its bits
turned over. That total is what is counted here; the caller knows by how much it exceeds the distance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic

from hashbench.kernels.processor import AVX_512

cgutils: Any = _cgutils  # it has no types

LEVELS = (8, 10, 16)
"""Binary places of a total for which there is code."""

STEP = 8 if AVX_512 else 4
"""Words of 64 items that are counted at once: a register's."""

GROUP = 8
"""Rows that are added at a time: a carry then goes through the high places once for so many."""

_WORD, _INT = ir.IntType(64), ir.IntType(32)
_VECTOR = ir.VectorType(_WORD, STEP)
_NONE, _ALL = (ir.Constant(_VECTOR, [value] * STEP) for value in (0, 2**64 - 1))


def levels_for(n_bits: int, n_sums: int) -> int:
    """Return how many binary places a total takes, rounded up to those there is code for."""
    most = (1 << n_sums) + n_bits
    for levels in LEVELS:
        if most < 1 << levels:
            return levels
    raise ValueError(f"codes of {n_bits} bits are too long to be searched; {(1 << LEVELS[-1] - 1) - 1} are the most")


def _ternary(builder: Any, x: Any, y: Any, z: Any, truth: Callable[[int, int, int], Any]) -> Any:
    """Emit any function of three bits."""
    table = sum(1 << (4 * a + 2 * b + c) for a in (0, 1) for b in (0, 1) for c in (0, 1) if truth(a, b, c))
    kind = ir.FunctionType(_VECTOR, [_VECTOR, _VECTOR, _VECTOR, _INT])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.pternlog.q.512")
    return builder.call(function, [x, y, z, ir.Constant(_INT, table)])


def _full_adder(builder: Any, x: Any, y: Any, z: Any, inverted: bool) -> tuple[Any, Any]:
    """Emit sum and carry of x + y + z, or of x + ~y + ~z where `inverted`."""
    if AVX_512:
        flip = int(inverted)
        return (
            _ternary(builder, x, y, z, lambda a, b, c: a ^ b ^ c),
            _ternary(builder, x, y, z, lambda a, b, c: a + (b ^ flip) + (c ^ flip) > 1),
        )
    if inverted:
        y, z = builder.xor(y, _ALL), builder.xor(z, _ALL)
    apart = builder.xor(x, y)
    return builder.xor(apart, z), builder.or_(builder.and_(x, y), builder.and_(apart, z))


def _add(builder: Any, places: Sequence[Any], rows: Sequence[Any], inverted: bool) -> None:
    """Emit places += 2 Σ rows, the bits of the rows turned over where `inverted`; the last place carries to none."""
    carried = list(rows)
    for level, place in enumerate(places[1:]):
        total, kept, carried = builder.load(place), carried, []
        flip = inverted and level == 0
        for y, z in zip(kept[::2], kept[1::2], strict=False):
            total, carry = _full_adder(builder, total, y, z, flip)
            carried.append(carry)
        if len(kept) % 2:
            y = builder.xor(kept[-1], _ALL) if flip else kept[-1]
            carried.append(builder.and_(total, y))
            total = builder.xor(total, y)
        builder.store(total, place)


def _emit(levels: int, inverted: bool) -> Any:
    """Make `any_nearer` of totals with `levels` places, over the query's ones if `inverted`, else over its zeros."""

    def typed(  # numba looks at the names of the parameters
        typingctx: Any,
        step: Any,
        stride: Any,
        n_bits: Any,
        n_sums: Any,
        rows: Any,
        n_rows: Any,
        bound: Any,
        totals: Any,
        nearer: Any,
    ) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            def at(address: Any) -> Any:
                return builder.inttoptr(address, _WORD.as_pointer())

            def word(address: Any, index: int | Any) -> Any:
                return builder.load(builder.gep(address, [_word(index)]))

            def row(offset: Any) -> Any:
                return _load(builder, step, offset)

            step, stride, n_bits, n_sums, rows, n_rows, bound, totals, nearer = args
            places = [cgutils.alloca_once(builder, _VECTOR) for _ in range(levels)]
            for level, place in enumerate(places):
                with builder.if_else(builder.icmp_signed("<", _word(level), n_sums)) as (there, beyond):
                    with there:
                        ones = row(builder.mul(stride, builder.add(n_bits, _word(level))))
                        builder.store(ones if inverted else builder.xor(ones, _ALL), place)
                    with beyond:
                        builder.store(_NONE, place)
            n_full = builder.and_(n_rows, _word(-GROUP))
            with cgutils.for_range_slice(builder, _word(0), n_full, _word(GROUP), intp=_WORD) as (start, _):
                here = builder.gep(at(rows), [start])
                _add(builder, places, [row(word(here, j)) for j in range(GROUP)], inverted)
            here = builder.gep(at(rows), [n_full])
            after = builder.append_basic_block("added")
            switch = builder.switch(builder.sub(n_rows, n_full), after)
            for left in range(1, GROUP):
                block = builder.append_basic_block(f"left.{left}")
                switch.add_case(_word(left), block)
                with builder.goto_block(block):
                    _add(builder, places, [row(word(here, j)) for j in range(left)], inverted)
                    builder.branch(after)
            builder.position_at_end(after)
            below: Any = _NONE
            for level, place in enumerate(places):
                below = _less(builder, builder.load(place), below, _splat(builder, word(at(bound), level)))
            lanes = builder.bitcast(builder.icmp_unsigned("!=", below, _NONE), ir.IntType(STEP))
            any_below = builder.icmp_unsigned("!=", lanes, ir.Constant(ir.IntType(STEP), 0))
            with builder.if_then(any_below, likely=False):
                for level, place in enumerate(places):
                    _store(builder, builder.load(place), totals, _word(level * STEP))
                _store(builder, below, nearer, _word(0))
            return any_below

        return types.boolean(*[types.int64] * 9), codegen

    return intrinsic(typed)


def _word(value: int | Any) -> Any:
    return ir.Constant(_WORD, value) if isinstance(value, int) else value


def _splat(builder: Any, word: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    vector = builder.insert_element(undefined, word, ir.Constant(_INT, 0))
    return builder.shuffle_vector(vector, undefined, ir.Constant(ir.VectorType(_INT, STEP), [0] * STEP))


def _less(builder: Any, total: Any, below: Any, bound: Any) -> Any:
    """Emit total < bound of one place and those under it, whose answer is `below`."""
    if AVX_512:
        return _ternary(builder, total, below, bound, lambda a, b, c: (not a or b) if c else (not a and b))
    zero = builder.xor(total, _ALL)
    return builder.or_(builder.and_(zero, below), builder.and_(bound, builder.or_(zero, below)))


def _load(builder: Any, address: Any, offset: Any) -> Any:
    """Emit the vector that lies `offset` words after an address."""
    pointer = builder.gep(builder.inttoptr(address, _WORD.as_pointer()), [offset])
    loaded = builder.load(builder.bitcast(pointer, _VECTOR.as_pointer()))
    loaded.align = 8
    return loaded


def _store(builder: Any, vector: Any, address: Any, offset: Any) -> None:
    """Emit the writing of a vector."""
    pointer = builder.gep(builder.inttoptr(address, _WORD.as_pointer()), [offset])
    builder.store(vector, builder.bitcast(pointer, _VECTOR.as_pointer())).align = 8


def _count_zeros(typingctx: Any, items: Any, place: Any, n_steps: Any, stride: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        items, place, n_steps, stride = args
        counts = cgutils.alloca_once_value(builder, _NONE)
        with cgutils.for_range(builder, n_steps, intp=_WORD) as loop:
            there = _load(builder, items, builder.mul(loop.index, _word(STEP)))
            ones = _load(builder, place, builder.mul(loop.index, stride))
            ctpop = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(_VECTOR, [_VECTOR]), f"llvm.ctpop.v{STEP}i64"
            )
            zeros = builder.call(ctpop, [builder.and_(there, builder.xor(ones, _ALL))])
            builder.store(builder.add(builder.load(counts), zeros), counts)
        total: Any = _word(0)
        for lane in range(STEP):
            total = builder.add(total, builder.extract_element(builder.load(counts), ir.Constant(_INT, lane)))
        return total

    return types.int64(*[types.int64] * 4), codegen


def _part(typingctx: Any, items: Any, zeros: Any, place: Any, n_steps: Any, stride: Any, ones: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        items, zeros, place, n_steps, stride, ones = args
        keep_ones = _splat(builder, builder.sub(_word(0), builder.zext(ones, _WORD)))
        with cgutils.for_range(builder, n_steps, intp=_WORD) as loop:
            at = builder.mul(loop.index, _word(STEP))
            there, bits = _load(builder, items, at), _load(builder, place, builder.mul(loop.index, stride))
            left = builder.and_(builder.and_(there, builder.xor(bits, _ALL)), keep_ones)
            _store(builder, builder.or_(_load(builder, zeros, at), left), zeros, at)
            kept = builder.xor(bits, builder.xor(keep_ones, _ALL))
            _store(builder, builder.and_(there, kept), items, at)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5, types.boolean), codegen


count_zeros: Any = intrinsic(_count_zeros)
"""Count the items, a bit each, that have a 0 in one binary place.

Arguments are addresses and numbers: of items uint64[n_steps * STEP], of the place's first word, the number of steps,
and the words from the place in one step to that in the next.
"""

part: Any = intrinsic(_part)
"""Keep of the items those that have a 1 in one binary place, and add the others to `zeros`; or keep those with a 0.

Arguments are as those of `count_zeros`, with the address of zeros uint64[n_steps * STEP] after the items', and last
whether those with a 1 are kept.
"""

_over_zeros_8, _over_zeros_10, _over_zeros_16 = (_emit(levels, inverted=False) for levels in LEVELS)
_over_ones_8, _over_ones_10, _over_ones_16 = (_emit(levels, inverted=True) for levels in LEVELS)


@njit(nogil=True, inline="always")
def any_nearer(
    step: int | np.int64,
    stride: int,
    n_bits: int,
    n_sums: int,
    rows: int | np.int64,
    n_rows: int | np.int64,
    over_ones: bool | np.bool_,
    levels: int,
    bound: int | np.int64,
    totals: int | np.int64,
    nearer: int | np.int64,
) -> Any:
    """Say whether any of the `STEP` words of items from `step` on has a total below a bound.

    Arrays are given by their addresses, for numba counts references to arrays at every call, which would take longer
    than the work: the caller's caller must hold them.

    Args:
        step: of the first of the words in a tile's first row (`BitPlanes`).
        stride: words of a row.
        n_bits: rows of bits.
        n_sums: rows of the items' numbers of ones, below them.
        rows: of int64[n_rows], the words by which the rows lie apart in which the query has its rarer value.
        n_rows: their number.
        over_ones: whether that value is 1.
        levels: binary places of a total, one of `LEVELS`.
        bound: of uint64[levels], the places of the bound, each a word of zeros or of ones. All ones: any total.
        totals: of uint64[levels, STEP], written if the answer is yes: the places of the totals.
        nearer: of uint64[STEP], written if the answer is yes: the items below the bound.
    """
    if levels == 8:
        if over_ones:
            return _over_ones_8(step, stride, n_bits, n_sums, rows, n_rows, bound, totals, nearer)
        return _over_zeros_8(step, stride, n_bits, n_sums, rows, n_rows, bound, totals, nearer)
    if levels == 10:
        if over_ones:
            return _over_ones_10(step, stride, n_bits, n_sums, rows, n_rows, bound, totals, nearer)
        return _over_zeros_10(step, stride, n_bits, n_sums, rows, n_rows, bound, totals, nearer)
    if over_ones:
        return _over_ones_16(step, stride, n_bits, n_sums, rows, n_rows, bound, totals, nearer)
    return _over_zeros_16(step, stride, n_bits, n_sums, rows, n_rows, bound, totals, nearer)
