"""The systems of papers: one paper a file."""
