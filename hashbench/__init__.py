"""A benchmark framework for learning to hash for recommendation."""

__version__ = "0.1.0"
