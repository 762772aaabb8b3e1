"""Arithmetic of machine integers that keeps their width: numba's own widens to 64 bits, and vectors shrink with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


def _smaller(builder: Any, first: Any, second: Any) -> Any:
    return builder.select(builder.icmp_unsigned("<", first, second), first, second)


bits_apart: Any = _of_two(lambda builder, first, second: builder.ctpop(builder.xor(first, second)))
"""The number of bits that differ, as LLVM's population count, which it vectorises."""

plus: Any = _of_two(lambda builder, first, second: builder.add(first, second))
"""The sum, modulo the type's range."""

smaller: Any = _of_two(_smaller)
"""The smaller of two."""
