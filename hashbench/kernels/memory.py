"""Addresses of arrays, and prefetching: a hint to the processor to load memory that is read soon."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from hashbench.kernels.processor import JIT

cgutils: Any = _cgutils  # it has no types


@njit(nogil=True, inline="always")
def address(array: NDArray[Any]) -> np.int64:
    """Return the address of an array's first element."""
    return np.int64(array.ctypes.data)


def _prefetch(typingctx: Any, address: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        to_read, keep_near, data = (ir.Constant(number, flag) for flag in (0, 3, 1))
        builder.call(function, [builder.inttoptr(args[0], byte), to_read, keep_near, data])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


prefetch: Any = intrinsic(_prefetch) if JIT else lambda address: None
"""Load the cache line of an address. The address need not be readable. Without the JIT it does nothing."""
