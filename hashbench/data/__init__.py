"""Interactions, what a data set loads, and splits: pure arrays, no torch."""
