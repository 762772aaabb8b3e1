"""Packed binary codes and the kernels that search them."""
