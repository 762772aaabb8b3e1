"""Arithmetic of machine integers that keeps their width.

Numba's own arithmetic widens to 64 bits, and a vector then holds fewer numbers. Each function is an LLVM intrinsic.
Without the JIT its plain definition is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from hashbench.kernels.processor import JIT


def _of_two(emit: Callable[[Any, Any, Any], Any], plain: Callable[[Any, Any], Any]) -> Any:
    """Make an intrinsic of two unsigned integers of one type, whose result has that type."""

    def typed(typingctx: Any, first: Any, second: Any) -> Any:
        if first not in types.unsigned_domain or first != second:
            return None

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return emit(builder, *args)

        return first(first, second), codegen

    return intrinsic(typed) if JIT else plain


def _of_one(emit: Callable[[Any, Any], Any], plain: Callable[[Any], int]) -> Any:
    """Make an intrinsic of an unsigned integer, whose result is a number of bits."""

    def typed(typingctx: Any, value: Any) -> Any:
        if value not in types.unsigned_domain:
            return None

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return context.cast(builder, emit(builder, *args), value, types.int64)

        return types.int64(value), codegen

    return intrinsic(typed) if JIT else plain


def _hamming(first: Any, second: Any) -> Any:
    return type(first)(int(first ^ second).bit_count())


def _wrapping_add(first: Any, second: Any) -> Any:
    return type(first)((int(first) + int(second)) % (1 << 8 * first.itemsize))


def _popcount(value: Any) -> int:
    return int(value).bit_count()


def _ctz(value: Any) -> int:
    return (int(value) & -int(value)).bit_length() - 1 if value else 8 * int(value.itemsize)


hamming: Any = _of_two(lambda builder, first, second: builder.ctpop(builder.xor(first, second)), _hamming)
"""The number of bits that differ, as LLVM's population count, which it vectorises."""

wrapping_add: Any = _of_two(lambda builder, first, second: builder.add(first, second), _wrapping_add)
"""The sum, modulo the type's range."""

popcount: Any = _of_one(lambda builder, value: builder.ctpop(value), _popcount)
"""The number of ones."""

ctz: Any = _of_one(lambda builder, value: builder.cttz(value, ir.Constant(ir.IntType(1), 0)), _ctz)
"""The number of trailing zeros: the position of the lowest one. Of 0, the number of bits."""
