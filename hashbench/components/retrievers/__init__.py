"""Retrievers: one per file."""
