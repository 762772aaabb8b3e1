"""Grids: an experiment file, its cells, what of them is done, and who runs the rest."""
