"""Evaluation: rankings, ties, metric profiles, validation, diagnostics of codes, and latency."""
