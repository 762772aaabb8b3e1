"""Retrievers: one a file."""
