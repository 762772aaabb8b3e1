"""Compiled code (numba and LLVM). Nothing outside this folder is compiled.

To debug a kernel, set NUMBA_DISABLE_JIT=1: kernels then run as plain Python, where `print` and breakpoints work.

    NUMBA_DISABLE_JIT=1 pytest -W ignore::RuntimeWarning tests/kernels/test_top_k.py

Plain Python warns where compiled code wraps or divides by zero silently, hence the option. It is about a thousand times
slower, so choose a test by `-k`. LLVM intrinsics have a plain definition beside them, which then runs. Only
`bit_sliced_llvm` has none, because it works on addresses. So `hamming_limits`, `hamming_search`, `hamming_counts` and
`hamming_scan` need the JIT; docs/hamming-scan.md shows their values step by step.

Numba caches a compiled function until its own file changes. After a change to a function that other files call, delete
the cache: `find . -name '*.nb[ic]' -delete`.
"""
