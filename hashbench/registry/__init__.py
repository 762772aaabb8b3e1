"""Which components and systems there are: the built-in ones and those of plugins."""
