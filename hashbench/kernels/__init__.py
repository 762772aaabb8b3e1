"""Compiled code (numba and LLVM); nothing outside this folder is compiled."""
