"""Sources of interactions, one a module."""
