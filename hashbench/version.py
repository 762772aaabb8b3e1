"""The version of hashbench."""

__version__ = "0.1.0"
