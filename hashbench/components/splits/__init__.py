"""Splits of interactions into training, validation and test parts, one per file."""
