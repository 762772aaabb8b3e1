"""Arithmetic of machine integers that keeps their width: numba's own widens to 64 bits, and vectors shrink with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic


def _of_two(emit: Callable[[Any, Any, Any], Any]) -> Any:
    """Make an intrinsic of two unsigned integers of one type, whose result has that type."""

    def typed(typingctx: Any, first: Any, second: Any) -> Any:
        if first not in types.unsigned_domain or first != second:
            return None

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return emit(builder, *args)

        return first(first, second), codegen

    return intrinsic(typed)


def _of_one(emit: Callable[[Any, Any], Any]) -> Any:
    """Make an intrinsic of an unsigned integer, whose result is a number of bits."""

    def typed(typingctx: Any, value: Any) -> Any:
        if value not in types.unsigned_domain:
            return None

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return context.cast(builder, emit(builder, *args), value, types.int64)

        return types.int64(value), codegen

    return intrinsic(typed)


bits_apart: Any = _of_two(lambda builder, first, second: builder.ctpop(builder.xor(first, second)))
"""The number of bits that differ, as LLVM's population count, which it vectorises."""

plus: Any = _of_two(lambda builder, first, second: builder.add(first, second))
"""The sum, modulo the type's range."""

popcount: Any = _of_one(lambda builder, value: builder.ctpop(value))
"""The number of ones."""

ctz: Any = _of_one(lambda builder, value: builder.cttz(value, ir.Constant(ir.IntType(1), 0)))
"""The place of the lowest one; of 0, the number of bits."""
