"""The number of ones in a machine word, as one LLVM instruction."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic


def _popcount(typingctx: Any, word: Any) -> Any:
    """Count the ones of an unsigned word."""
    if not isinstance(word, types.Integer):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return word(word), codegen


popcount: Any = intrinsic(_popcount)
