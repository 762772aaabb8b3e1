"""Encoders: one per file."""
