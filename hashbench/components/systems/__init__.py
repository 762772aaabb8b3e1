"""The systems of papers, one paper per file."""
