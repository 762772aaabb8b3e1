"""Hash heads, one per file."""
