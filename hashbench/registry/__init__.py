"""Look-up of components and systems: the built-in ones and those of plugins."""
