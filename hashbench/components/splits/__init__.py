"""Splits of interactions into training, validation and test."""
