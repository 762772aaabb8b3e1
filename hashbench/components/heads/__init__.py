"""Hash heads: one a file."""
